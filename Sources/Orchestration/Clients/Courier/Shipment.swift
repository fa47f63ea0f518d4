package import FoundationEssentials
package import Orders

/// A shipment as the courier service describes it.
package struct Shipment: Sendable, Equatable {
    /// The courier service's word for where a shipment is.
    package enum Status: String, Sendable {
        case booked
        case pickedUp = "picked_up"
        case inTransit = "in_transit"
        case delivered
        case cancelled
        case returnRequested = "return_requested"
        case returned
        case lost
    }

    package var reference: UUID
    package var status: Status
    package var courier: CourierName
    package var trackingNumber: String
    package var fee: Money
    package var currency: String
    /// The whole answer, for people.
    package var answer: [UInt8]

    package init(
        reference: UUID,
        status: Status,
        courier: CourierName,
        trackingNumber: String,
        fee: Money,
        currency: String,
        answer: [UInt8] = []
    ) {
        self.reference = reference
        self.status = status
        self.courier = courier
        self.trackingNumber = trackingNumber
        self.fee = fee
        self.currency = currency
        self.answer = answer
    }

    /// Nil unless everything is there and the answer is about this reference.
    init?(_ body: [UInt8], reference: UUID) {
        guard let root = try? JSONDocument(parsing: body, limits: .answer).root,
            root.text("reference").flatMap({ UUID(uuidString: $0) }) == reference,
            let status = root.text("status").flatMap({ Status(rawValue: $0) }),
            let courier = root.text("courier").flatMap({ CourierName($0) }),
            let trackingNumber = root.text("tracking_number").map(Waybill.normalForm),
            (1...Self.maxTrackingNumber).contains(trackingNumber.utf8.count),
            let fee = root.money("fee"), fee >= .zero,
            let currency = root.text("currency"), currency.utf8.count == 3
        else { return nil }
        self.init(
            reference: reference,
            status: status,
            courier: courier,
            trackingNumber: trackingNumber,
            fee: fee,
            currency: currency,
            answer: body
        )
    }

    /// The longest tracking number that is believed.
    private static let maxTrackingNumber = 128
}

extension JSONLimits {
    /// For answers of the outside world; their length is bounded while they are read.
    static let answer = JSONLimits(maxBytes: 16 << 20, maxDepth: 64, maxNodes: 100_000)
}
