extension Refund: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("amount", amount?.tenThousandths)
        writer.member("at", key.at.microseconds)
        writer.member("content", key.content.hex)
        writer.member("id", id.text)
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        self.init(
            id: ExactText(try reader.text("id")),
            key: ContentKey(at: try reader.instant("at"), content: try reader.digest("content")),
            amount: reader.money("amount")
        )
    }
}

extension Transaction: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("amount", amount?.tenThousandths)
        writer.member("at", key.at.microseconds)
        writer.member("content", key.content.hex)
        writer.member("gateway", gateway)
        writer.member("id", id.text)
        writer.member("kind", kind)
        writer.member("status", status)
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        let value = reader.value
        self.init(
            id: ExactText(try reader.text("id")),
            key: ContentKey(at: try reader.instant("at"), content: try reader.digest("content")),
            kind: value.text("kind"),
            status: value.text("status"),
            gateway: value.text("gateway"),
            amount: reader.money("amount")
        )
    }
}

extension Fulfillment: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("body", key.bodyHash.hex)
        writer.member("courier", courier?.rawValue)
        writer.member("id", id.text)
        writer.member("status", status)
        writer.list("tracking_numbers", trackingNumbers)
        writer.member("triggered_at", key.triggeredAt.microseconds)
        writer.member("updated_at", key.updatedAt.microseconds)
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        let value = reader.value
        self.init(
            id: ExactText(try reader.text("id")),
            key: Key(
                updatedAt: try reader.instant("updated_at"),
                triggeredAt: try reader.instant("triggered_at"),
                bodyHash: try reader.digest("body")
            ),
            status: value.text("status"),
            courier: value.text("courier").flatMap { CourierName($0) },
            trackingNumbers: value.elements("tracking_numbers").compactMap(\.text)
        )
    }
}

extension Hold: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("at", key.at.microseconds)
        writer.member("body", key.bodyHash.hex)
        writer.member("id", id.text)
        writer.member("reason", reason)
        if key.released { writer.member("released", true) }
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        let value = reader.value
        self.init(
            id: ExactText(try reader.text("id")),
            key: Key(
                at: try reader.instant("at"),
                released: value.flag("released") ?? false,
                bodyHash: try reader.digest("body")
            ),
            reason: value.text("reason")
        )
    }
}

extension OperatorEdit: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("body", key.bodyHash.hex)
        writer.member("edit_id", key.editID.text)
        writer.member("edited_at", key.editedAt.microseconds)
        writer.member("editor", key.editor.text)
        writer.member("field", field.rawValue)
        switch value {
        case .leftToSource: break
        case .text(let text): writer.member("value", text)
        case .object(let bytes): writer.member("value", raw: bytes)
        }
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        guard let field = Field(rawValue: try reader.text("field")) else { throw StateError(field: "field") }
        let value = reader.value["value"]
        self.init(
            field: field,
            key: Key(
                editedAt: try reader.instant("edited_at"),
                editor: ExactText(try reader.text("editor")),
                editID: ExactText(try reader.text("edit_id")),
                bodyHash: try reader.digest("body")
            ),
            value: value.map { $0.isObject ? .object(Array($0.rawBytes)) : .text($0.text ?? "") } ?? .leftToSource
        )
    }
}
