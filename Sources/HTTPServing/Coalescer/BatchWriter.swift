package import Logging
import Metrics
package import Postgres
import ServiceLifecycle

/// What makes the batches of one kind of requests durable.
package protocol BatchCommitter: Sendable {
    associatedtype Pending: PendingCommit

    /// Commits the batch and answers every request of it; returns how many round trips that took.
    ///
    /// - Throws: when nothing of the batch is known to be stored; then nobody has been answered.
    func commit(_ batch: [Pending], over line: inout WriterLine) async throws -> Int
}

/// The connection of one writer.
package struct WriterLine {
    package private(set) var connection: PostgresConnection
    private let database: PostgresConfiguration
    private let logger: Logger

    static func open(_ database: PostgresConfiguration, logger: Logger) async throws -> WriterLine {
        WriterLine(
            connection: try await PostgresConnection.connect(database, logger: logger),
            database: database,
            logger: logger
        )
    }

    /// Takes a new connection in place of one that broke.
    package mutating func reopen() async throws {
        await connection.close()
        connection = try await PostgresConnection.connect(database, logger: logger)
    }
}

/// Commits batches over one connection of its own.
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
            var wait = Self.reconnectWaits.first
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                do {
                    let line = try await WriterLine.open(database, logger: logger)
                    wait = Self.reconnectWaits.first
                    await serve(line)
                } catch {
                    logger.warning("A writer cannot reach PostgreSQL.", metadata: ["error": "\(error)"])
                    // Cancelled means that the loop ends.
                    try? await Task.sleep(for: wait * Double.random(in: 0.5...1))
                    wait = min(wait * 2, Self.reconnectWaits.longest)
                }
            }
        } onGracefulShutdown: {
            coalescer.stop()
        }
    }

    /// Takes batches until PostgreSQL is lost or the writer can end.
    private func serve(_ opened: WriterLine) async {
        var line = opened
        var isLost = false
        var answered = 0
        coalescer.writerConnected()
        while !isLost, let batch = await coalescer.nextBatch(answered: answered) {
            answered = batch.count
            do {
                if batch.isEmpty {
                    try await line.connection.run { _ = try $0.query(Self.ping) }
                } else {
                    try await commit(batch, &line)
                }
            } catch {
                logger.error(
                    "A batch of requests was not committed.",
                    metadata: ["error": "\(error)", "batch.rows": "\(batch.count)"]
                )
                for pending in batch { pending.refuse(.failed) }
                isLost = true
            }
        }
        coalescer.writerLost()
        await line.connection.close()
    }

    private func commit(_ batch: [any PendingCommit], _ line: inout WriterLine) async throws {
        let own = batch.compactMap { $0 as? Committer.Pending }
        precondition(own.count == batch.count, "a coalescer holds requests of one kind")
        let start = ContinuousClock.now
        let roundTrips = try await committer.commit(own, over: &line)
        metrics.committed(rows: batch.count, roundTrips: roundTrips, after: start.duration(to: .now))
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
