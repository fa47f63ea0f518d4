package import Logging
import Metrics
import NIOCore
package import Postgres
import ServiceLifecycle
import ServiceRuntime

/// Commits batches over one connection of its own.
package struct BatchWriter<Committer: BatchCommitter>: Service {
    /// Asked when nothing has been written for a while.
    private static var ping: Statement { Statement("ping", "SELECT 1") }

    private let coalescer: Coalescer
    private let committer: Committer
    private let database: PostgresConfiguration
    private let logger: Logger
    private let metrics: WriterMetrics

    /// - Parameter name: in front of the names of metrics.
    package init(
        name: String,
        coalescer: Coalescer,
        committer: Committer,
        database: PostgresConfiguration,
        logger: Logger
    ) {
        self.coalescer = coalescer
        self.committer = committer
        self.database = database
        self.logger = logger
        metrics = WriterMetrics(name: name)
    }

    /// Writes until graceful shutdown and nothing waits any more.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await write()
        } onGracefulShutdown: {
            coalescer.stop()
        }
    }

    private func write() async {
        let backoff = ReconnectBackoff()
        var failures = 0
        var broken: BrokenRound?
        var isConnected = false
        var outage = RecurringFault()
        while broken != nil || !Task.isShuttingDownGracefully && !Task.isCancelled {
            do {
                let connection = try await PostgresConnection.connect(database, logger: logger)
                if !isConnected { coalescer.writerConnected() }
                isConnected = true
                if outage.end() { logger.info("A writer reaches PostgreSQL again.") }
                let start = ContinuousClock.now
                broken = await serve(on: connection, after: broken)
                // A connection that lived for less than the longest wait was none.
                if start.duration(to: .now) >= backoff.limit {
                    failures = 0
                    continue
                }
            } catch {
                outage.warn("A writer cannot reach PostgreSQL; trying again until it can.", error, to: logger)
                broken?.round.refuse()
                broken = nil
                if isConnected { coalescer.writerLost() }
                isConnected = false
            }
            guard broken != nil || !Task.isShuttingDownGracefully else { break }
            failures += 1
            let jitter = Double.random(in: 0...1)
            // Cancelled means that the loop ends.
            try? await Task.sleep(for: backoff.delay(attempt: failures, jitter: jitter))
        }
        if isConnected { coalescer.writerLost() }
    }

    /// Commits and answers until the connection breaks or the writer can end, all of it on the connection's own thread: under
    /// load another one would wait for a processor behind the event loops.
    ///
    /// - Returns: what the connection broke with, unless it has been committed again before.
    private func serve(on connection: isolated PostgresConnection, after broken: BrokenRound?) async -> BrokenRound? {
        var round = broken?.round ?? Round()
        var isRepeated = broken != nil
        defer { connection.close() }
        do {
            var progress = WriterProgress.answered(0)
            if let broken {
                try await commitAgain(&round, after: broken.error, on: connection)
                progress = answer(&round)
                isRepeated = false
            }
            while let batch = await coalescer.nextBatch(after: progress, began: round.began) {
                round.take(batch)
                try await commit(&round, batch, on: connection)
                progress = batch.isFlushed ? answer(&round) : .awaiting(batch.awaited, bytes: round.bytes)
            }
        } catch {
            logger.error(
                "A batch was not committed.",
                metadata: ["error": "\(error)", "batch.rows": "\(round.requests.count)"]
            )
            if connection.isLost, !isRepeated, !round.requests.isEmpty { return BrokenRound(round: round, error: error) }
            round.refuse()
        }
        return nil
    }

    /// Commits what the round has just taken.
    private func commit(
        _ round: inout Round,
        _ batch: Batch<any PendingCommit>,
        on connection: isolated PostgresConnection
    ) async throws {
        if round.requests.isEmpty {
            try await connection.run { _ = try $0.query(Self.ping) }
            return
        }
        let start = ContinuousClock.now
        let flights = connection.flights
        let requests = Array(round.requests[round.outcomes.count...])
        var outcomes: [CommitResult<Committer.Outcome>] = []
        if !requests.isEmpty {
            outcomes = try await connection.run { [committer] in
                try committer.commit(requests, batch.isFlushed ? .flushed : .deferred, on: $0)
            }
        }
        if batch.isFlushed, round.isUnflushed(after: outcomes) { try await connection.run { try $0.flush() } }
        round.outcomes += outcomes
        metrics.committed(rows: requests.count, roundTrips: connection.flights - flights, after: start.duration(to: .now))
    }

    /// Commits the whole round again, over a new connection.
    private func commitAgain(
        _ round: inout Round,
        after error: any Error,
        on connection: isolated PostgresConnection
    ) async throws {
        let start = ContinuousClock.now
        let flights = connection.flights
        let requests = round.requests
        round.outcomes = try await connection.run { [committer] in
            try committer.commitAgain(requests, after: error, on: $0)
        }
        metrics.committed(rows: requests.count, roundTrips: connection.flights - flights, after: start.duration(to: .now))
    }

    private func answer(_ round: inout Round) -> WriterProgress {
        committer.answer(round.requests, round.outcomes)
        defer { round = Round() }
        return .answered(round.requests.count)
    }

    private typealias Round = WriterRound<Committer.Pending, Committer.Outcome>

    /// A round of which nobody knows what is durable.
    private struct BrokenRound {
        var round: Round
        var error: any Error
    }
}

private struct WriterMetrics {
    private let rows: Counter
    private let commits: Counter
    private let duration: Metrics.Timer
    private let roundTrips = Counter(label: "postgres_round_trips_total")

    init(name: String) {
        rows = Counter(label: "\(name)_rows_total")
        commits = Counter(label: "\(name)_commits_total")
        duration = Metrics.Timer(label: "\(name)_commit_seconds")
    }

    func committed(rows count: Int, roundTrips flights: Int, after time: Duration) {
        duration.record(duration: time)
        rows.increment(by: count)
        commits.increment()
        roundTrips.increment(by: flights)
    }
}
