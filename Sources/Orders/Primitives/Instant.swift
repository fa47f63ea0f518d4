/// A point in time: microseconds since 1970-01-01T00:00:00Z, within the years 1970 to 9999.
package struct Instant: Hashable, Comparable, Sendable {
    /// Since 1970-01-01T00:00:00Z.
    package let microseconds: Int64

    /// The last microsecond of the year 9999.
    package static let latest = Instant(unchecked: 253_402_300_799_999_999)
    /// The first instant of 1970.
    package static let epoch = Instant(unchecked: 0)

    /// Nil outside the years 1970 to 9999.
    package init?(microseconds: Int64) {
        guard microseconds >= 0, microseconds <= Instant.latest.microseconds else { return nil }
        self.microseconds = microseconds
    }

    /// Nil outside the years 1970 to 9999.
    package init?(unixMilliseconds: Int64) {
        let (product, overflow) = unixMilliseconds.multipliedReportingOverflow(by: 1_000)
        guard !overflow else { return nil }
        self.init(microseconds: product)
    }

    /// Nil outside the years 1970 to 9999.
    package init?(unixSeconds: Int64) {
        let (product, overflow) = unixSeconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return nil }
        self.init(microseconds: product)
    }

    private init(unchecked microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static func < (lhs: Instant, rhs: Instant) -> Bool {
        lhs.microseconds < rhs.microseconds
    }

    /// This instant moved by whole microseconds, held within the years 1970 to 9999.
    package func advanced(byMicroseconds delta: Int64) -> Instant {
        let (sum, overflow) = microseconds.addingReportingOverflow(delta)
        if overflow { return delta < 0 ? .epoch : .latest }
        return Instant(unchecked: min(max(sum, 0), Instant.latest.microseconds))
    }

    /// Microseconds from `other` to this instant; negative when this one is earlier.
    package func microseconds(since other: Instant) -> Int64 {
        microseconds - other.microseconds
    }
}
