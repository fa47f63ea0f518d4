/// A parcel as its courier knows it.
package struct Waybill: Hashable, Sendable {
    /// Who carries it.
    package let courier: CourierName
    /// Trimmed, upper case.
    package let trackingNumber: String

    /// The tracking number is brought into its normal form.
    package init(courier: CourierName, trackingNumber: String) {
        self.courier = courier
        self.trackingNumber = Self.normalForm(trackingNumber)
    }

    /// The longest tracking number we take, in bytes of its normal form.
    static let maxTrackingNumberLength = 128

    /// Nil for a tracking number that no courier gives: empty, longer than 128 bytes, or with control characters.
    init?(courier: CourierName, legible trackingNumber: String) {
        self.init(courier: courier, trackingNumber: trackingNumber)
        let number = self.trackingNumber
        guard !number.isEmpty, number.utf8.count <= Self.maxTrackingNumberLength, !number.hasControlCharacter else { return nil }
    }

    /// Computed anew at each call, by hashing.
    package var id: WaybillID { WaybillID(courier: courier, trackingNumber: trackingNumber) }

    /// What a person calls it.
    package var summary: String { "\(courier) \(trackingNumber)" }

    /// Trimmed, upper case.
    package static func normalForm(_ trackingNumber: String) -> String {
        trackingNumber.trimmed.uppercased()
    }
}

extension Waybill: Comparable {
    package static func == (lhs: Waybill, rhs: Waybill) -> Bool {
        lhs.courier == rhs.courier && lhs.trackingNumber.utf8.elementsEqual(rhs.trackingNumber.utf8)
    }

    package static func < (lhs: Waybill, rhs: Waybill) -> Bool {
        if lhs.courier != rhs.courier { return lhs.courier < rhs.courier }
        return lhs.trackingNumber.utf8.lexicographicallyPrecedes(rhs.trackingNumber.utf8)
    }
}
