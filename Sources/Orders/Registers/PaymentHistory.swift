/// The newest payment states an order went through, in the order of its source.
///
/// Kept only to find illegal transitions; never consulted by a merge. The newest `limit` of a union are a join.
package struct PaymentHistory: Equatable, Sendable {
    /// How many entries one order keeps.
    package static let limit = 32

    /// Sorted, the oldest first.
    package private(set) var entries: [Entry] = []

    package init(_ entries: [Entry] = []) {
        for entry in entries { join(entry) }
    }

    /// Adds what one snapshot says about the payment; adding it again changes nothing.
    package mutating func join(_ entry: Entry) {
        var place = entries.count
        while place > 0, entry < entries[place - 1] { place -= 1 }
        if place > 0, entries[place - 1] == entry { return }
        if entries.count == Self.limit {
            if place == 0 { return }
            entries.remove(at: 0)
            place -= 1
        }
        entries.insert(entry, at: place)
    }

    /// Every step between neighbours that no payment may take.
    package var illegalSteps: [(from: FinancialStatus, to: FinancialStatus)] {
        zip(entries, entries.dropFirst()).compactMap { earlier, later in
            earlier.status.canBecome(later.status) ? nil : (earlier.status, later.status)
        }
    }
}

extension PaymentHistory {
    /// One snapshot's word on the payment.
    ///
    /// Ordered like the snapshot's key, with the status itself in place of the body's hash: two bodies of one key and one
    /// status are one entry.
    package struct Entry: Comparable, Sendable {
        package let updatedAt: Instant
        package let triggeredAt: Instant
        package let cancelled: Bool
        package let fulfillmentRank: Int
        package let status: FinancialStatus

        package init(
            status: FinancialStatus,
            updatedAt: Instant,
            triggeredAt: Instant,
            cancelled: Bool,
            fulfillmentRank: Int
        ) {
            self.updatedAt = updatedAt
            self.triggeredAt = triggeredAt
            self.cancelled = cancelled
            self.fulfillmentRank = fulfillmentRank
            self.status = status
        }

        package init(status: FinancialStatus, key: SnapshotKey) {
            self.init(
                status: status,
                updatedAt: key.updatedAt,
                triggeredAt: key.triggeredAt,
                cancelled: key.cancelled,
                fulfillmentRank: key.fulfillmentRank
            )
        }

        package static func == (left: Entry, right: Entry) -> Bool {
            left.order == right.order && ExactText(left.status.text) == ExactText(right.status.text)
        }

        package static func < (left: Entry, right: Entry) -> Bool {
            left.order == right.order
                ? ExactText(left.status.text) < ExactText(right.status.text)
                : left.order < right.order
        }

        private var order: (Instant, Instant, Int, Int, Int) {
            (updatedAt, triggeredAt, cancelled ? 1 : 0, status.rank, fulfillmentRank)
        }
    }
}
