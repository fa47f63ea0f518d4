/// Where a job waits for its turn to call, directly before the call.
package struct StartGate: Sendable {
    /// It is not this job's turn for longer than it may wait; it is to be postponed.
    package struct Closed: Error, Sendable, Equatable {
        package var wait: Duration

        package init(wait: Duration) {
            self.wait = wait
        }
    }

    /// The gate of a queue without a limit.
    package static let open = StartGate(limit: nil)
    /// Longest wait of a job that is already claimed.
    package static let maxWait: Duration = .seconds(1)

    private struct Limit {
        var limiter: Limiter
        var scope: String
        var ledger: TurnLedger
        var job: Int64
    }

    private let limit: Limit?

    private init(limit: Limit?) {
        self.limit = limit
    }

    /// The gate of one claimed job, which waits from now on.
    init(_ limiter: Limiter, scope: String, ledger: TurnLedger, job: Int64) {
        limit = Limit(limiter: limiter, scope: scope, ledger: ledger, job: job)
        ledger.wait(job, scope: scope)
    }

    /// Returns when a call may be made, at once; every return is one start.
    /// - Throws: `Closed`, or an error of Redis, without which nothing with a limit may start.
    package func waitForTurn() async throws {
        guard let limit else { return }
        let deadline = ContinuousClock.now + Self.maxWait
        while true {
            let grant = try await limit.limiter.acquire(1, scope: limit.scope)
            if grant.granted > 0 { return limit.ledger.take(limit.job, scope: limit.scope, at: grant.time) }
            guard ContinuousClock.now + grant.wait <= deadline else { throw Closed(wait: grant.wait) }
            try await Task.sleep(for: grant.wait, tolerance: .zero)
        }
    }

    /// The job has ended; returns the turns it had, in microseconds of the limit's time.
    func leave() -> [Int64] {
        limit.map { $0.ledger.leave($0.job, scope: $0.scope) } ?? []
    }
}
