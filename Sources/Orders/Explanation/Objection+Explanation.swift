extension Objection {
    /// The reason with the facts behind it.
    func explained(by state: OrderState, _ policy: BookingPolicy) -> String {
        switch self {
        case .notArrived: "the order itself has not arrived, only events about it"
        case .cancelled: Self.cancellation(state)
        case .deleted: "its source deleted the order"
        case .redacted: "its personal data is removed on request"
        case .held: "held by \(Self.holds(state))"
        case .operatorStatus(let status): "an operator set its status to \(status.rawValue)"
        case .nothingToShip: "no shippable line: every line is shipped, removed or needs no shipping"
        case .noAddress: "it has lines and no shipping address"
        case .shippedOtherwise: "the shop ships it already"
        case .authorizedOnly: "payment is authorized only, and BOOKING_AUTHORIZED is \(policy.authorized.rawValue)"
        case .cashOnDeliveryDenied: "it is cash on delivery, and BOOKING_COD is \(policy.cashOnDelivery.rawValue)"
        case .unpaid(.pending?): "payment is pending and the order is not cash on delivery"
        case .unpaid(let status?): "it is not paid: the financial status is \(status.text)"
        case .unpaid(nil): "it is not paid: its source names no financial status"
        }
    }

    private static func cancellation(_ state: OrderState) -> String {
        guard let cancellation = state.cancellation else {
            return "it counts as cancelled: the financial status is \(state.snapshot?.financialStatus?.text ?? "unknown")"
        }
        return "cancelled at \(cancellation.at)" + (cancellation.reason.map { " (\($0))" } ?? "")
    }

    /// How many holds are named.
    private static let namedHolds = 4

    private static func holds(_ state: OrderState) -> String {
        let open = state.holds.entries.filter(\.isOpen)
        let named = open.prefix(namedHolds).map { hold in
            hold.id == Hold.operatorID ? "an operator" : hold.id.text + (hold.reason.map { " (\($0))" } ?? "")
        }
        let rest = open.count > namedHolds ? " and \(open.count - namedHolds) more" : ""
        return named.joined(separator: ", ") + rest
    }
}
