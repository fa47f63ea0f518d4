/// How long to wait before PostgreSQL is tried again: doubled each time, up to a limit, half of it random.
package struct ReconnectBackoff: Sendable {
    /// After the first failure.
    package var first = Duration.milliseconds(50)
    /// After many.
    package var limit = Duration.seconds(1)

    /// From 50 milliseconds to one second.
    package init() {}

    /// - Parameters:
    ///   - attempt: how many have failed in a row, from 1.
    ///   - jitter: random, from 0 to 1.
    package func delay(attempt: Int, jitter: Double) -> Duration {
        let full = min(limit, first * (1 << min(attempt - 1, 16)))
        return full / 2 + full / 2 * jitter
    }
}
