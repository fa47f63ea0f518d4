/// A `timestamptz` as microseconds since 1970-01-01 UTC.
package struct PostgresTimestamp: Hashable, Comparable, Sendable {
    /// Since 1970-01-01 UTC.
    package let microseconds: Int64

    /// From microseconds since 1970-01-01 UTC.
    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The earlier one is less.
    package static func < (left: PostgresTimestamp, right: PostgresTimestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// PostgreSQL counts from 2000-01-01 UTC.
    private static let epoch: Int64 = 946_684_800_000_000

    /// Wraps instead of trapping: a wrapped value lies far outside the server's range and is refused there.
    var wireValue: Int64 { microseconds &- Self.epoch }

    /// Nil for `infinity` and `-infinity`, which have no place on our time line.
    init?(wireValue: Int64) {
        guard wireValue != .max, wireValue != .min else { return nil }
        self.init(microseconds: wireValue &+ Self.epoch)
    }
}
