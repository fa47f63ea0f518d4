/// Fields that no event sets alone: they follow from others, and name the event that decided those.
extension FieldTable {
    private var counted: [ShipmentProjection] { projection.shipments.filter(\.counts) }

    /// Who carries the order.
    var whereabouts: [Explanation.Field] {
        let origin = projection.shownShipment.flatMap { namer(of: $0) }
        let (courier, number) = (FieldValue(projection.courier?.rawValue), FieldValue(projection.trackingNumber))
        return [
            carrier("courier", courier, .courier, wishes.courier != nil, origin),
            carrier("tracking_number", number, .trackingNumber, wishes.trackingNumber != nil, origin),
        ]
    }

    private func carrier(
        _ name: String,
        _ value: FieldValue?,
        _ edit: OperatorEdit.Field,
        _ isEdited: Bool,
        _ origin: Explanation.Setter?
    ) -> Explanation.Field {
        let edits = losses(.edit(edit))
        guard isEdited else {
            let handedBack = outweighed(.edit(edit), "the operator handed the field back to the parcels")
            return Explanation.Field(name, value, setBy: origin, handedBack + edits)
        }
        let editor = setter(.edit(edit), "an operator set it")
        var parcels = Losses()
        if let origin, origin.event != editor?.event {
            let loss = Explanation.Loss(event: origin.event, why: "an operator's edit outweighs the parcels", said: nil)
            parcels = Losses(named: [loss], count: 1)
        }
        return Explanation.Field(name, value, setBy: editor, edits + parcels)
    }

    var derived: [Explanation.Field] {
        let status = orderStatus
        let fromStatus = status.setBy.map {
            Explanation.Setter(event: $0.event, reason: "order_status \(status.value?.text ?? "")")
        }
        return [
            status,
            Explanation.Field("status", .text(projection.status.rawValue), setBy: fromStatus, Losses()),
            Explanation.Field("payment_status", .text(projection.paymentStatus.rawValue), setBy: payment, Losses()),
            Explanation.Field("shipping_status", .text(projection.shippingStatus.rawValue), setBy: shipping, Losses()),
        ]
    }

    private var orderStatus: Explanation.Field {
        let value = FieldValue.text(projection.orderStatus.rawValue)
        let rule = projection.statusRule
        let origin = basis(of: rule)
        let edits = losses(.edit(.status))
        guard wishes.status != nil else {
            let unheeded =
                wishes.unknownStatus == nil
                ? "the operator handed the field back" : "the operator's word is no status an order can have"
            return Explanation.Field("order_status", value, setBy: origin, outweighed(.edit(.status), unheeded) + edits)
        }
        var derived = Losses()
        if let origin {
            let why = "an operator's edit outweighs what follows: \(rule.words)"
            derived.named = [Explanation.Loss(event: origin.event, why: why, said: .text(rule.status.rawValue))]
            derived.count = 1
        }
        return Explanation.Field("order_status", value, setBy: setter(.edit(.status), "an operator set it"), edits + derived)
    }

    private func basis(of rule: StatusRule) -> Explanation.Setter? {
        switch rule {
        case .someReturned: scanned(rule) { $0.status == .returned }
        case .someReturning: scanned(rule) { $0.journey.isReturning }
        case .cancelledInCustody: scanned(rule) { $0.journey.isInCustody }
        case .someLost: scanned(rule) { $0.status == .lost || $0.status == .damaged }
        case .someOut: scanned(rule) { $0.journey.isInCustody || $0.journey.isDelivered }
        case .allDelivered:
            counted.max { ($0.deliveredAt ?? .epoch) < ($1.deliveredAt ?? .epoch) }
                .flatMap { scanSetter(of: $0, rule.words) }
        case .cancelled: canceller(rule.words)
        case .booked: setter(state.liveLabels.last.map { Contested.label($0.id) }, rule.words)
        case .held: setter(state.holds.entries.first(where: \.isOpen).map { Contested.hold($0.id) }, rule.words)
        case .fulfilled, .confirmed, .nothingElse: setter(.snapshot, rule.words)
        }
    }

    private func scanned(_ rule: StatusRule, _ decides: (ShipmentProjection) -> Bool) -> Explanation.Setter? {
        counted.first(where: decides).flatMap { scanSetter(of: $0, rule.words) }
    }

    /// The event that cancelled the order, in whichever of its ways.
    func canceller(_ reason: String) -> Explanation.Setter? {
        if state.cancellation != nil { return setter(.cancellation, reason) }
        return setter(state.deleted ? .deletion : .snapshot, reason)
    }

    private var payment: Explanation.Setter? {
        state.isCancelled
            ? canceller("the order is cancelled")
            : setter(.snapshot, "financial_status \(projection.financialStatus?.text ?? "is absent")")
    }

    private var shipping: Explanation.Setter? {
        switch projection.shippingStatus {
        case .delivered: return basis(of: .allDelivered)
        case .shipped:
            if let out = counted.first(where: { $0.journey.hasLeftShop }) {
                return scanSetter(of: out, "a parcel has left the shop")
            }
            return setter(.snapshot, "its source calls it fulfilled")
        case .fulfilling:
            if let label = state.liveLabels.last { return setter(.label(label.id), "it is booked") }
            return counted.first.flatMap { namer(of: $0) }
        case .pending: return setter(.snapshot, "no parcel and no booking is known")
        }
    }
}
