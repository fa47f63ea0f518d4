extension Label: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("attempt", Int64(attempt))
        writer.member("body", key.bodyHash.hex)
        writer.member("courier", waybill.courier.rawValue)
        writer.member("currency", currency)
        writer.member("fee", fee?.tenThousandths)
        writer.member("tracking_number", waybill.trackingNumber)
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        guard let courier = CourierName(try reader.text("courier")) else { throw StateError(field: "courier") }
        self.init(
            key: Key(attempt: try reader.attempt(), bodyHash: try reader.digest("body")),
            waybill: Waybill(courier: courier, trackingNumber: try reader.text("tracking_number")),
            fee: reader.money("fee"),
            currency: reader.value.text("currency")
        )
    }
}

extension LabelEnd: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("attempt", Int64(attempt))
        writer.member("kind", kind.rawValue)
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        guard let kind = Kind(rawValue: try reader.text("kind")) else { throw StateError(field: "kind") }
        self.init(key: Key(attempt: try reader.attempt(), kind: kind))
    }
}

extension StateReader {
    fileprivate func attempt() throws(StateError) -> Int32 {
        guard let attempt = Int32(exactly: try integer("attempt")) else { throw StateError(field: "attempt") }
        return attempt
    }
}
