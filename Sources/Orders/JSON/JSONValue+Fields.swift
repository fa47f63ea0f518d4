/// Members by name and type; nil when the member is absent, null or of another type.
extension JSONValue {
    /// A string, or a number as it is written.
    package func text(_ key: String) -> String? { self[key]?.text }

    /// `true` or `false`.
    package func flag(_ key: String) -> Bool? { self[key]?.bool }

    /// A number, or a string that is one.
    package func integer(_ key: String) -> Int64? { text(key).flatMap { Int64($0) } }

    /// An amount, see `Money.init(json:)`.
    package func money(_ key: String) -> Money? { self[key].flatMap { Money(json: $0) } }

    /// A time, see `Instant.init(json:)`.
    package func instant(_ key: String) -> Instant? { self[key].flatMap { Instant(json: $0) } }

    /// None when the member is no array.
    package func elements(_ key: String) -> [JSONValue] { self[key].map { Array($0.elements) } ?? [] }

    /// The member that a path of keys leads to.
    package func value(at path: [String]) -> JSONValue? {
        var value = self
        for key in path {
            guard let next = value[key] else { return nil }
            value = next
        }
        return value
    }
}
