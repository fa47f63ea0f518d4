import FoundationEssentials
import Orders
import Postgres

/// Members that are written as `null` when they have no value: an API promises its members.
extension JSONWriter {
    mutating func nullable(_ key: String, _ value: String?) {
        self.key(key)
        if let value { string(value) } else { null() }
    }

    mutating func nullable(_ key: String, _ value: Int64?) {
        self.key(key)
        if let value { int(value) } else { null() }
    }

    /// A time that PostgreSQL keeps, in UTC.
    mutating func member(_ key: String, _ value: PostgresTimestamp) {
        member(key, value.text)
    }

    mutating func nullable(_ key: String, _ value: PostgresTimestamp?) {
        nullable(key, value?.text)
    }

    mutating func member(_ key: String, _ value: UUID) {
        member(key, value.text)
    }

    /// JSON text as it is, or `null`.
    mutating func nullable(_ key: String, json: String?) {
        self.key(key)
        if let json { raw(json.utf8) } else { null() }
    }

    mutating func strings(_ key: String, _ values: some Sequence<String>) {
        array(key, values) { $0.string($1) }
    }
}

extension PostgresTimestamp {
    /// In UTC; a time before 1970 or after 9999, which no order has, is shown as the nearest.
    var text: String { instant.iso8601 }

    var instant: Instant { Instant(microseconds: microseconds) ?? (microseconds < 0 ? .epoch : .latest) }
}

extension UUID {
    /// In lower case, as PostgreSQL prints it.
    var text: String { uuidString.lowercased() }
}
