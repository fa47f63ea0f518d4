extension Redaction {
    /// A body without the personal data in it: every member that may hold some is null, all else is as it was.
    ///
    /// A body that is no JSON becomes `null`, which no fact can be read from either: whether it can be merged must not depend on
    /// what came first. Scrubbing twice is scrubbing once.
    package static func scrub(_ body: [UInt8]) -> [UInt8] {
        guard let document = try? JSONDocument(parsing: body) else { return Array("null".utf8) }
        var writer = JSONWriter()
        copy(document.root, to: &writer)
        return writer.bytes
    }

    /// Whether the value of a member of this name may be personal data, with everything in it.
    package static func isPersonal(_ key: String) -> Bool { personalKeys.contains(key.lowercased()) }

    private static let personalKeys: Set<String> = [
        "address1", "address2", "address_from", "address_to", "addresses", "authorization", "billing_address", "browser_ip",
        "cart_token", "checkout_token",
        "city", "client_details", "company", "contact_email", "customer", "customer_name", "customers",
        "default_address", "destination", "dropoffaddress", "email", "emails",
        "first_name", "landing_site", "last_name", "latitude", "longitude", "note", "note_attributes", "order_status_url",
        "payment_details", "phone", "properties", "receipt", "receiver", "recipient", "referring_site", "shipping_address",
        "signed_by", "smses", "staff_note", "street1", "street2", "token", "zip",
    ]

    private static func copy(_ value: JSONValue, to writer: inout JSONWriter) {
        switch value.kind {
        case .null, .bool, .number:
            writer.raw(value.rawBytes)
        case .string:
            writer.string(value.string ?? "")
        case .array:
            writer.beginArray()
            for element in value.elements { copy(element, to: &writer) }
            writer.endArray()
        case .object:
            writer.beginObject()
            for (key, member) in value.members {
                writer.key(key)
                if isPersonal(key) { writer.null() } else { copy(member, to: &writer) }
            }
            writer.endObject()
        }
    }
}

extension StoredFact {
    /// The same fact with a scrubbed body: what an order whose personal data was removed is folded from.
    package var scrubbed: StoredFact {
        var fact = self
        fact.body = Redaction.scrub(body)
        return fact
    }
}
