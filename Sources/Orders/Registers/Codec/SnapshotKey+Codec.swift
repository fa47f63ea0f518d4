extension SnapshotKey: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("body", bodyHash.hex)
        if cancelled { writer.member("cancelled", true) }
        writer.member("financial", Int64(financialRank))
        writer.member("fulfillment", Int64(fulfillmentRank))
        writer.member("topic", topic.text)
        writer.member("triggered_at", triggeredAt.microseconds)
        writer.member("updated_at", updatedAt.microseconds)
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        self.init(
            updatedAt: try reader.instant("updated_at"),
            triggeredAt: try reader.instant("triggered_at"),
            cancelled: reader.value.flag("cancelled") ?? false,
            financialRank: Int(try reader.integer("financial")),
            fulfillmentRank: Int(try reader.integer("fulfillment")),
            bodyHash: try reader.digest("body"),
            topic: ExactText(try reader.text("topic"))
        )
    }
}

extension Cancellation: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("at", at.microseconds)
        writer.member("key", key)
        writer.member("reason", reason)
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        self.init(
            at: try reader.instant("at"),
            reason: reader.value.text("reason"),
            key: try reader.required("key")
        )
    }
}

extension PaymentHistory.Entry: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        if cancelled { writer.member("cancelled", true) }
        writer.member("fulfillment", Int64(fulfillmentRank))
        writer.member("status", status.text)
        writer.member("triggered_at", triggeredAt.microseconds)
        writer.member("updated_at", updatedAt.microseconds)
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        self.init(
            status: FinancialStatus(text: try reader.text("status")),
            updatedAt: try reader.instant("updated_at"),
            triggeredAt: try reader.instant("triggered_at"),
            cancelled: reader.value.flag("cancelled") ?? false,
            fulfillmentRank: Int(try reader.integer("fulfillment"))
        )
    }
}
