/// Parcels that the shop says it has sent, by fulfillment id.
package struct Fulfillment: RegisterEntry {
    package let id: ExactText
    package let key: Key
    /// success, cancelled, open, … ; nil when the source does not say.
    package let status: String?
    package let courier: CourierName?
    /// One parcel each, in the order of the source.
    package let trackingNumbers: [String]

    /// Whether the shop took it back, or could not send it.
    package var isWithdrawn: Bool { status == "cancelled" || status == "error" || status == "failure" }

    /// The waybills it claims; none while the courier is unknown, and none for a number that no callback can have.
    package var waybills: [Waybill] {
        guard let courier else { return [] }
        return trackingNumbers.compactMap { Waybill(courier: courier, legible: $0) }
    }

    package var summary: String {
        let numbers = trackingNumbers.isEmpty ? "no tracking number" : trackingNumbers.joined(separator: ", ")
        return "fulfillment \(id.text) of \(key.updatedAt): \(status ?? "no status"), \(numbers)"
    }

    /// The last writer wins.
    package struct Key: Comparable, Sendable {
        package let updatedAt: Instant
        /// Absent is 0, the epoch.
        package let triggeredAt: Instant
        /// Of the body, or of the canonical JSON of the element of a snapshot's list.
        package let bodyHash: Digest

        package static func < (left: Key, right: Key) -> Bool {
            (left.updatedAt, left.triggeredAt, left.bodyHash) < (right.updatedAt, right.triggeredAt, right.bodyHash)
        }
    }
}
