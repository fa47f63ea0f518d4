extension Waybill: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("courier", courier.rawValue)
        writer.member("number", trackingNumber)
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        guard let courier = CourierName(try reader.text("courier")) else { throw StateError(field: "courier") }
        self.init(courier: courier, trackingNumber: try reader.text("number"))
    }
}

extension TrackedShipment: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        if case .fulfillment(let id) = track { writer.member("fulfillment", id.text) }
        writer.list("scans", checkpoints)
        if case .waybill(let waybill) = track { writer.member("waybill", waybill) }
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        let track: Track
        if let id = reader.value.text("fulfillment") {
            track = .fulfillment(ExactText(id))
        } else {
            track = .waybill(try reader.required("waybill"))
        }
        self.init(track: track, checkpoints: try reader.list("scans"))
    }
}

extension Checkpoint: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("at", occurredAt.microseconds)
        writer.member("cash", cash?.tenThousandths)
        if cashCollected { writer.member("cash_collected", true) }
        if onReturnLeg { writer.member("return", true) }
        writer.member("said", courierStatus.text)
        if isMapped { writer.member("status", status.rawValue) }
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        let text = reader.value.text("status")
        let status = text.flatMap(CourierStatus.init)
        guard text == nil || status != nil else { throw StateError(field: "status") }
        self.init(
            occurredAt: try reader.instant("at"),
            status: status,
            courierStatus: try reader.text("said"),
            onReturnLeg: reader.value.flag("return") ?? false,
            cashCollected: reader.value.flag("cash_collected") ?? false,
            cash: reader.money("cash")
        )
    }
}
