package import FoundationEssentials

extension Instant {
    /// The date in microseconds, held within the years 1970 to 9999.
    package init(_ date: Date) {
        let microseconds = (date.timeIntervalSince1970 * 1_000_000).rounded(.down)
        self = Instant(microseconds: Int64(exactly: microseconds) ?? -1) ?? (microseconds < 0 ? .epoch : .latest)
    }
}
