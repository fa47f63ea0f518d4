/// How long a pool waits before it tries again to open a connection: doubled each time, up to a limit.
package struct ReconnectBackoff: Sendable {
    /// After the first failure.
    package var first = Duration.milliseconds(50)
    /// After many.
    package var limit = Duration.seconds(1)

    /// From 50 milliseconds to one second.
    package init() {}

    /// Half of the delay is fixed, half is random. `attempt` counts from 1, `jitter` lies between 0 and 1.
    func delay(attempt: Int, jitter: Double) -> Duration {
        let full = min(limit, first * (1 << min(attempt - 1, 16)))
        return full / 2 + full / 2 * jitter
    }
}
