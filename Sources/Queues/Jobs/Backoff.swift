/// How long a job waits after an attempt that failed.
package struct Backoff: Sendable, Equatable {
    /// How the wait grows from attempt to attempt.
    package enum Kind: String, CaseIterable, Sendable {
        case fixed
        case exponential
    }

    package var kind: Kind
    package var first: Duration

    /// The longest wait, whatever the number of attempts.
    package static let longest: Duration = .seconds(3_600)
    /// Part of the wait that is left to chance, so that what failed together does not come back together.
    package static let jitterShare = 0.25

    package init(kind: Kind, first: Duration) {
        self.kind = kind
        self.first = first
    }

    /// - Parameters:
    ///   - failures: attempts that have failed, this one included, from 1.
    ///   - jitter: a random number in `0..<1`.
    package func delay(afterFailures failures: Int, jitter: Double) -> Duration {
        let doublings = kind == .fixed ? 0 : min(max(failures - 1, 0), 30)
        let wait = min(first * (1 << doublings), Self.longest)
        return wait * (1 - Self.jitterShare * jitter)
    }
}
