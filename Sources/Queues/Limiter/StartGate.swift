/// Where a claimed job asks whether it may call, directly before each call: its lease must hold, whoever is called must not be left
/// alone, and it must be its turn.
package struct StartGate: Sendable {
    /// The job may not call now; it is to be postponed.
    package struct Closed: Error, Sendable, Equatable {
        package var reason: String
        package var wait: Duration
        /// Whether whoever is called is left alone.
        var isRest = false

        package init(reason: String = "the limit of calls is reached", wait: Duration) {
            self.reason = reason
            self.wait = wait
        }
    }

    /// The gate of a job of nobody's, for ever open.
    package static let open = StartGate(leaseEnd: nil)
    /// Longest wait for a turn, unless a job says otherwise.
    package static let maxWait: Duration = .seconds(1)
    /// How long a job waits when the limiter cannot be asked.
    static let outageWait: Duration = .seconds(1)

    /// What a job with a limit needs for its turns.
    struct Limit: Sendable {
        var turnstile: Turnstile
        var scope: String
        var turns: JobTurns
        var gotTurn: @Sendable (_ after: Duration) -> Void
    }

    /// From here on the job may be another worker's.
    let leaseEnd: ContinuousClock.Instant?
    /// How much longer whoever is called is to be left alone.
    private let rest: @Sendable () -> Duration?
    private let limit: Limit?

    init(leaseEnd: ContinuousClock.Instant?, rest: @escaping @Sendable () -> Duration? = { nil }, limit: Limit? = nil) {
        self.leaseEnd = leaseEnd
        self.rest = rest
        self.limit = limit
    }

    /// - Throws: `Closed` when the lease may be over.
    func checkLease() throws {
        if let leaseEnd, .now >= leaseEnd { throw Closed(reason: "the lease is over", wait: .zero) }
    }

    private func checkRest() throws {
        guard let left = rest() else { return }
        var closed = Closed(reason: "whoever is called is left alone for a while", wait: left)
        closed.isRest = true
        throw closed
    }

    /// Makes one call in a turn of its own, which ends with it.
    func pass<Value: Sendable>(
        patience: Duration,
        _ call: @Sendable () async throws -> Value
    ) async throws -> Value {
        try checkRest()
        guard let limit else {
            try checkLease()
            return try await call()
        }
        let start = ContinuousClock.now
        let turn = try await limit.turn(by: start + patience)
        defer { limit.turnstile.giveBack(turn, scope: limit.scope) }
        limit.turns.take(at: turn.time)
        if turn.start > .now { try await Task.sleep(until: turn.start, tolerance: .zero) }
        try Task.checkCancellation()
        limit.gotTurn(start.duration(to: .now))
        // Much may have happened while the job waited for its turn.
        try checkRest()
        try checkLease()
        return try await call()
    }

    /// The job has ended; returns the turns it had, in microseconds of the limit's time.
    func leave() -> [Int64] {
        limit?.turns.end() ?? []
    }
}

extension StartGate.Limit {
    fileprivate func turn(by deadline: ContinuousClock.Instant) async throws -> Limiter.Bundle {
        switch await turnstile.ask(scope: scope, by: deadline) {
        case .turn(let bundle): return bundle
        case .wait(let wait): throw StartGate.Closed(wait: wait)
        case .closed(let reason):
            try Task.checkCancellation()
            throw StartGate.Closed(reason: "the limiter cannot be asked: \(reason)", wait: StartGate.outageWait)
        }
    }
}
