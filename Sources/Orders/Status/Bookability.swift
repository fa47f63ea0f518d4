/// Whether a courier may be asked to fetch an order, and every reason why not.
///
/// The settle time after the last event is not looked at: no rule here reads the clock.
package struct Bookability: Equatable, Sendable {
    /// Why no courier should fetch it, a label of ours set aside.
    package let objections: [String]
    /// Whether a label of ours is good for it.
    package let isBooked: Bool

    /// Empty when the order is bookable.
    package var whyNot: [String] { isBooked ? objections + ["it is booked already"] : objections }
    package var isBookable: Bool { whyNot.isEmpty }
    /// Whether a courier should fetch the order, by a label that exists or by one still to be made.
    package var isWanted: Bool { objections.isEmpty }

    init(_ state: OrderState, conditions: StatusConditions, parcels: BookedParcels, override: OrderStatus?, policy: BookingPolicy)
    {
        isBooked = conditions.activeBooking
        guard let snapshot = state.snapshot else {
            objections = ["the order itself has not arrived yet"]
            return
        }
        let address = snapshot.shippingAddress != nil || state.edits.object(of: .shippingAddress) != nil
        let shippable = snapshot.lines.contains { $0.requiresShipping && $0.fulfillableQuantity > 0 }
        let checks: [(isMet: Bool, whyNot: String)] = [
            (!conditions.cancelled || state.deleted, "it is cancelled"),
            (!state.deleted, "it is deleted at its source"),
            (!state.redacted, "its personal data is removed"),
            (!conditions.openHold, "it is on hold"),
            (override?.permitsBooking ?? true, "an operator set its status to \(override?.rawValue ?? "")"),
            (snapshot.lines.isEmpty || shippable || parcels.isAnnounced, "no line is left to be shipped"),
            (snapshot.lines.isEmpty || address, "it has no shipping address"),
            (!parcels.isShippedOtherwise, "it is shipped already"),
        ]
        objections = checks.filter { !$0.isMet }.map(\.whyNot) + Self.paymentObjections(snapshot, policy)
    }

    private static func paymentObjections(_ snapshot: Snapshot, _ policy: BookingPolicy) -> [String] {
        switch snapshot.financialStatus {
        case .paid, .partiallyRefunded: return []
        case .authorized where policy.authorized == .allow: return []
        case .authorized: return ["the payment is authorized only"]
        case .pending where snapshot.isCashOnDelivery && policy.cashOnDelivery == .allow: return []
        case .pending where snapshot.isCashOnDelivery: return ["cash on delivery is not booked here"]
        case .some(let status): return ["it is not paid: the financial status is \(status.text)"]
        case nil: return ["it is not paid: there is no financial status"]
        }
    }
}

extension OrderStatus {
    /// Whether an operator who sets this status still wants the order to be fetched.
    fileprivate var permitsBooking: Bool {
        switch self {
        case .pending, .confirmed, .booked: true
        default: false
        }
    }
}

extension Snapshot {
    /// Whether the buyer pays at the door, by the names of its gateways.
    package var isCashOnDelivery: Bool {
        gateways.contains { gateway in
            let words = gateway.lowercased().split { !$0.isLetter && !$0.isNumber }
            return words.contains("cod") || words.joined(separator: " ").contains("cash on delivery")
        }
    }
}
