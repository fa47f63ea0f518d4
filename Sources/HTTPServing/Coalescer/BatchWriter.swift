package import Logging
import Metrics
import NIOCore
package import Postgres
import ServiceLifecycle

/// Commits rounds over one connection of its own: each is one transaction, whose parts are staged as they come.
package struct BatchWriter<Committer: BatchCommitter>: Service {
    /// First and longest wait between two attempts to connect.
    private static var reconnectWaits: (first: Duration, longest: Duration) { (.milliseconds(50), .seconds(1)) }
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
        var wait = Self.reconnectWaits.first
        var broken: BrokenRound?
        var isConnected = false
        while broken != nil || !Task.isShuttingDownGracefully && !Task.isCancelled {
            do {
                let connection = try await PostgresConnection.connect(database, logger: logger)
                if !isConnected { coalescer.writerConnected() }
                isConnected = true
                wait = Self.reconnectWaits.first
                broken = await serve(on: connection, after: broken)
            } catch {
                logger.warning("A writer cannot reach PostgreSQL.", metadata: ["error": "\(error)"])
                broken?.round.refuse()
                broken = nil
                if isConnected { coalescer.writerLost() }
                isConnected = false
                // Cancelled means that the loop ends.
                try? await Task.sleep(for: wait * Double.random(in: 0.5...1))
                wait = min(wait * 2, Self.reconnectWaits.longest)
            }
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
            if let broken { progress = try await commitAgain(&round, after: broken.error, on: connection) }
            while let part = await coalescer.nextBatch(after: progress, began: round.began) {
                isRepeated = false
                do {
                    progress = try await store(part, of: &round, on: connection)
                } catch where !connection.isLost {
                    // Nothing of the round is stored: all of it again, now and without waiting for more.
                    logger.debug("A round is committed again.", metadata: ["error": "\(error)"])
                    isRepeated = true
                    progress = try await commitAgain(&round, after: error, on: connection)
                }
            }
        } catch {
            logger.error(
                "A round was not committed.",
                metadata: ["error": "\(error)", "round.rows": "\(round.requests.count)"]
            )
            if connection.isLost, !isRepeated, !round.requests.isEmpty { return BrokenRound(round: round, error: error) }
            round.refuse()
        }
        return nil
    }

    /// Stages a part of the round; after the last one commits and answers.
    private func store(
        _ part: Batch<any PendingCommit>,
        of round: inout Round,
        on connection: isolated PostgresConnection
    ) async throws -> WriterProgress {
        let requests = round.take(part)
        if round.requests.isEmpty {
            try await connection.run { _ = try $0.query(Self.ping) }
            return .answered(0)
        }
        if !requests.isEmpty {
            round.parts.append(
                try await connection.run(keepsTransaction: true) { [committer] in try committer.stage(requests, on: $0) }
            )
        }
        guard part.isLast else { return .awaiting(part.awaited, bytes: round.bytes) }
        let parts = round.parts
        return try await finish(&round, on: connection) { [committer] in try committer.commit(parts, on: $0) }
    }

    /// Commits the whole round again, over a new connection when the one before broke, and answers.
    private func commitAgain(
        _ round: inout Round,
        after error: any Error,
        on connection: isolated PostgresConnection
    ) async throws -> WriterProgress {
        let requests = round.requests
        return try await finish(&round, on: connection) { [committer] in
            try committer.commitAgain(requests, after: error, on: $0)
        }
    }

    private func finish(
        _ round: inout Round,
        on connection: isolated PostgresConnection,
        _ commit: @Sendable (isolated PostgresConnection) throws -> [CommitResult<Committer.Outcome>]
    ) async throws -> WriterProgress {
        let (start, flights) = (ContinuousClock.now, connection.flights)
        let outcomes = try await connection.run(commit)
        let count = round.requests.count
        metrics.committed(rows: count, roundTrips: connection.flights - flights, after: start.duration(to: .now))
        committer.answer(round.requests, outcomes)
        round = Round()
        return .answered(count)
    }

    private typealias Round = WriterRound<Committer.Pending, Committer.Part>

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
