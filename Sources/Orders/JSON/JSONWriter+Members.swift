/// A key and its value at once; a nil is left out.
extension JSONWriter {
    /// A string.
    package mutating func member(_ key: String, _ value: String?) {
        guard let value else { return }
        self.key(key)
        string(value)
    }

    /// An integer.
    package mutating func member(_ key: String, _ value: Int64?) {
        guard let value else { return }
        self.key(key)
        int(value)
    }

    /// A truth value.
    package mutating func member(_ key: String, _ value: Bool?) {
        guard let value else { return }
        self.key(key)
        bool(value)
    }

    /// Written as a string in UTC.
    package mutating func member(_ key: String, _ value: Instant?) {
        member(key, value?.iso8601)
    }

    /// Written as a string, as Shopify does.
    package mutating func member(_ key: String, _ value: Money?) {
        member(key, value?.description)
    }

    /// An object whose members the closure writes.
    package mutating func object(_ key: String, _ members: (inout JSONWriter) -> Void) {
        self.key(key)
        beginObject()
        members(&self)
        endObject()
    }

    /// An array whose elements the closure writes, one call each.
    package mutating func array<Element>(
        _ key: String,
        _ elements: some Sequence<Element>,
        _ write: (inout JSONWriter, Element) -> Void
    ) {
        self.key(key)
        beginArray()
        for element in elements { write(&self, element) }
        endArray()
    }
}
