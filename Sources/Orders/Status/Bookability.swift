/// Whether a courier may be asked to fetch an order, and every reason why not.
///
/// The settle time after the last event is not looked at: no rule here reads the clock.
package struct Bookability: Equatable, Sendable {
    /// Why no courier should fetch it, a label of ours set aside.
    package let objections: [Objection]
    /// Whether a label of ours is good for it.
    package let isBooked: Bool

    /// Empty when the order is bookable.
    package var whyNot: [String] { objections.map(\.words) + (isBooked ? ["it is booked already"] : []) }
    package var isBookable: Bool { isWanted && !isBooked }
    /// Whether a courier should fetch the order, by a label that exists or by one still to be made.
    package var isWanted: Bool { objections.isEmpty }

    init(_ state: OrderState, conditions: StatusConditions, parcels: BookedParcels, override: OrderStatus?, policy: BookingPolicy)
    {
        isBooked = conditions.isBooked
        guard let snapshot = state.snapshot else {
            objections = [.notArrived]
            return
        }
        let address = snapshot.shippingAddress != nil || state.edits.object(of: .shippingAddress) != nil
        let shippable = snapshot.lines.contains { $0.requiresShipping && $0.fulfillableQuantity > 0 }
        let checks: [(isMet: Bool, objection: Objection)] = [
            (!conditions.cancelled || state.deleted, .cancelled),
            (!state.deleted, .deleted),
            (!state.redacted, .redacted),
            (!conditions.openHold, .held),
            (override?.permitsBooking ?? true, .operatorStatus(override ?? .pending)),
            (snapshot.lines.isEmpty || shippable || parcels.isAnnounced, .nothingToShip),
            (snapshot.lines.isEmpty || address, .noAddress),
            (!parcels.isShippedOtherwise, .shippedOtherwise),
        ]
        objections = checks.filter { !$0.isMet }.map(\.objection) + Self.paymentObjections(snapshot, policy)
    }

    private static func paymentObjections(_ snapshot: Snapshot, _ policy: BookingPolicy) -> [Objection] {
        switch snapshot.financialStatus {
        case .paid, .partiallyRefunded: return []
        case .authorized where policy.authorized == .allow: return []
        case .authorized: return [.authorizedOnly]
        case .pending where snapshot.isCashOnDelivery && policy.cashOnDelivery == .allow: return []
        case .pending where snapshot.isCashOnDelivery: return [.cashOnDeliveryDenied]
        case .some(let status): return [.unpaid(status)]
        case nil: return [.unpaid(nil)]
        }
    }
}

/// One reason why no courier should fetch an order.
package enum Objection: Hashable, Sendable {
    case notArrived, cancelled, deleted, redacted, held
    case operatorStatus(OrderStatus)
    case nothingToShip, noAddress, shippedOtherwise
    case authorizedOnly, cashOnDeliveryDenied
    case unpaid(FinancialStatus?)

    /// What the order's row says.
    package var words: String {
        switch self {
        case .notArrived: "the order itself has not arrived yet"
        case .cancelled: "it is cancelled"
        case .deleted: "it is deleted at its source"
        case .redacted: "its personal data is removed"
        case .held: "it is on hold"
        case .operatorStatus(let status): "an operator set its status to \(status.rawValue)"
        case .nothingToShip: "no line is left to be shipped"
        case .noAddress: "it has no shipping address"
        case .shippedOtherwise: "it is shipped already"
        case .authorizedOnly: "the payment is authorized only"
        case .cashOnDeliveryDenied: "cash on delivery is not booked here"
        case .unpaid(let status?): "it is not paid: the financial status is \(status.text)"
        case .unpaid(nil): "it is not paid: there is no financial status"
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
