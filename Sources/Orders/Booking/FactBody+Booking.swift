extension FactBody {
    /// A label with the waybill it claims, or how a label ended.
    func booking(_ topic: BookingTopic) throws(FactError) -> [OrderFact] {
        guard let attempt = root.integer("attempt").flatMap({ Int32(exactly: $0) }), attempt > 0 else {
            throw FactError(.unexpectedShape, "the body of \(fact.topic) names no attempt")
        }
        switch topic {
        case .cancelled: return [.labelEnd(LabelEnd(key: LabelEnd.Key(attempt: attempt, kind: .cancelled)))]
        case .returned: return [.labelEnd(LabelEnd(key: LabelEnd.Key(attempt: attempt, kind: .returned)))]
        case .booked: break
        }
        guard let courier = root.text("courier").flatMap(CourierName.init), let number = root.text("tracking_number") else {
            throw FactError(.unexpectedShape, "the body of \(fact.topic) names no parcel")
        }
        let waybill = Waybill(courier: courier, trackingNumber: number)
        let label = Label(
            key: Label.Key(attempt: attempt, bodyHash: fact.bodyHash),
            waybill: waybill,
            fee: root.money("fee"),
            currency: root.text("currency")
        )
        return [.claim(waybill), .label(label)]
    }
}
