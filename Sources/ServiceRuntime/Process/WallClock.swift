import FoundationEssentials

/// The time of day, for log lines only; everything else gets its time as a parameter.
enum WallClock {
    /// Now in UTC with milliseconds, as in `2026-03-01T12:00:00.250Z`.
    @Sendable static func timestamp() -> String {
        Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
