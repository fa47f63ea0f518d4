import FoundationEssentials
import Orders

/// An operator's edit of one order: an event like any other.
struct ConsoleEdit: Sendable {
    /// What is set: member names as the store has them, values as canonical JSON.
    let set: [(key: String, json: [UInt8])]
    let reason: String?

    /// From a request's `set`; throws when a member is not known or its value cannot be.
    init(_ set: JSONValue?, reason: String?) throws {
        guard let set, set.isObject else { throw APIError.invalid("set", "set must be an object.") }
        try set.refuseOthers(than: ["note", "courier", "trackingNumber", "status", "shippingAddress", "hold"])
        var members: [(key: String, json: [UInt8])] = []
        func text(_ key: String, as stored: String, _ length: ClosedRange<Int>) throws {
            guard let value = set[key] else { return }
            members.append((stored, value.isNull ? Self.null : Self.quoted(try set.input(key, length) ?? "")))
        }
        try text("courier", as: "courier", 1...100)
        if let courier = set["courier"]?.string, CourierName(courier) == nil {
            throw APIError.invalid("courier", "courier must have a letter or a digit.")
        }
        if let hold = try set.inputFlag("hold") { members.append(("hold", Array((hold ? "true" : "false").utf8))) }
        try text("note", as: "note", 0...4_000)
        if let address = set["shippingAddress"] { members.append(("shipping_address", try Self.address(address))) }
        if let status = set["status"], !status.isNull { _ = try set.inputChoice("status", OrderStatus.self) }
        try text("status", as: "status", 1...40)
        try text("trackingNumber", as: "tracking_number", 1...128)
        guard !members.isEmpty else { throw APIError.invalid("set", "set must name at least one field.") }
        self.set = members
        self.reason = reason
    }

    /// Sets or releases the operators' hold.
    init(hold: Bool, reason: String?) {
        set = [("hold", Array((hold ? "true" : "false").utf8))]
        self.reason = reason
    }

    /// A refusal where it would bring back what a redaction has removed; handing a field back to its source is no harm.
    func refusal(isRedacted: Bool) -> APIError? {
        guard isRedacted,
            let personal = set.first(where: { $0.json != Self.null && OperatorEdit.Field(rawValue: $0.key)?.isPersonal ?? false })
        else { return nil }
        let field = personal.key == OperatorEdit.Field.note.rawValue ? "note" : "shippingAddress"
        return .invalid(field, "Personal data of this order was removed on request; \(field) cannot be set any more.")
    }

    /// The event; the same id gives the same event.
    func event(of order: EditedOrder, id: UUID, editor: String, at: Instant) -> IncomingEvent {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("edit_id", id.text)
        writer.member("edited_at", at)
        writer.member("editor", editor)
        writer.member("reason", reason)
        writer.object("set") { writer in
            for member in set {
                writer.key(member.key)
                writer.raw(member.json)
            }
        }
        writer.endObject()
        return IncomingEvent(
            subject: .order(OrderID(order.id)),
            source: IncomingEvent.consoleSource,
            shop: order.shop,
            topic: IncomingEvent.editTopic,
            refID: order.refID,
            name: id.text,
            receivedAt: at,
            body: writer.bytes,
            bodyHash: Digest(of: writer.bytes)
        )
    }

    /// What was set, as JSON text for the audit.
    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        for member in set {
            writer.key(member.key)
            writer.raw(member.json)
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static let null = Array("null".utf8)
    /// Members of an address, and characters of one.
    private static let (maxMembers, maxMember) = (40, 500)

    /// An address as shops write it: flat, with nothing in it that PostgreSQL could not keep.
    private static func address(_ value: JSONValue) throws -> [UInt8] {
        if value.isNull { return null }
        guard value.isObject, value.members.count(where: { _ in true }) <= maxMembers else {
            throw APIError.invalid(
                "shippingAddress",
                "shippingAddress must be an object of at most \(maxMembers) members, or null."
            )
        }
        for (key, member) in value.members where key.unicodeScalars.count > maxMember || !isAddressMember(member) {
            throw APIError.invalid(
                "shippingAddress",
                "The member \(key.prefix(40)) must be a text of at most \(maxMember) characters, a number, true, false or null."
            )
        }
        return value.canonicalJSON
    }

    private static func isAddressMember(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .null, .bool: true
        case .string: value.string.map { $0.unicodeScalars.count <= maxMember } ?? false
        // A coordinate; an exponent could stand for more digits than there are atoms.
        case .number: value.rawBytes.count <= 40 && Double(value.text ?? "").map { $0.isFinite && abs($0) < 1e6 } ?? false
        case .array, .object: false
        }
    }

    private static func quoted(_ text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.string(text)
        return writer.bytes
    }
}
