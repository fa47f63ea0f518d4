/// Where parcels go, in the one canonical form in which addresses are kept and compared.
enum PostalAddress {
    /// What a courier needs, in alphabetical order; coordinates are left out, because shops add them later by themselves.
    private static let fields = [
        "address1", "address2", "city", "company", "country", "country_code", "first_name", "last_name", "name", "phone",
        "province", "province_code", "zip",
    ]

    /// Canonical JSON of the fields that are there; nil when none is.
    static func canonicalJSON(_ address: JSONValue) -> [UInt8]? {
        var writer = JSONWriter()
        var isEmpty = true
        writer.beginObject()
        for field in fields {
            guard let text = address.text(field) else { continue }
            writer.member(field, text)
            isEmpty = false
        }
        writer.endObject()
        return isEmpty ? nil : writer.bytes
    }
}
