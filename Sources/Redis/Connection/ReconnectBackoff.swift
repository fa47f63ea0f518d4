/// How long to wait before the next connection attempt: exponential, half of it jitter.
package struct ReconnectBackoff: Sendable, Equatable {
    package var initial: Duration
    package var maximum: Duration

    package init(initial: Duration = .milliseconds(50), maximum: Duration = .seconds(1)) {
        self.initial = initial
        self.maximum = maximum
    }

    /// - Parameters:
    ///   - attempt: the number of the failed attempt, from 1.
    ///   - jitter: a random number in `0..<1`.
    package func delay(afterAttempt attempt: Int, jitter: Double) -> Duration {
        let doublings = min(max(attempt - 1, 0), 30)
        let ceiling = min(initial * (1 << doublings), maximum)
        return ceiling * (0.5 + jitter / 2)
    }
}
