import EventStore
import FoundationEssentials
package import Logging
import Metrics
import NIOCore
import Orders
package import Postgres
package import Queues
import ServiceLifecycle

/// Commits batches of events over one connection of its own and rings for them.
package struct EventWriter: Service {
    /// First and longest wait between two attempts to connect.
    static let reconnectWaits: (first: Duration, longest: Duration) = (.milliseconds(50), .seconds(1))

    private let coalescer: Coalescer
    private let database: PostgresConfiguration
    private let doorbells: DoorbellSender
    private let logger: Logger
    private let metrics = WriterMetrics()

    package init(coalescer: Coalescer, database: PostgresConfiguration, doorbells: DoorbellSender, logger: Logger) {
        self.coalescer = coalescer
        self.database = database
        self.doorbells = doorbells
        self.logger = logger
    }

    /// Writes until graceful shutdown and nothing waits any more.
    package func run() async throws {
        await withGracefulShutdownHandler {
            var wait = Self.reconnectWaits.first
            while !Task.isShuttingDownGracefully, !Task.isCancelled {
                do {
                    let connection = try await connect()
                    wait = Self.reconnectWaits.first
                    await serve(connection)
                } catch {
                    logger.warning("Ingest cannot reach PostgreSQL.", metadata: ["error": "\(error)"])
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
    private func serve(_ first: PostgresConnection) async {
        var connection = first
        var isLost = false
        var answered = 0
        coalescer.writerConnected()
        while !isLost, let batch = await coalescer.nextBatch(answered: answered) {
            answered = batch.count
            do {
                if batch.isEmpty {
                    try await connection.run { try Migrator.ping($0) }
                    continue
                }
                let outcomes = try await commit(batch.map(\.item), on: &connection)
                ring(for: batch, outcomes)
                for (entry, outcome) in zip(batch, outcomes) { entry.ticket.completeWith(outcome.mapError { $0 as any Error }) }
            } catch {
                logger.error(
                    "A batch of events was not committed.",
                    metadata: ["error": "\(error)", "batch.rows": "\(batch.count)"]
                )
                for entry in batch { entry.ticket.fail(CoalescerRefusal.failed) }
                isLost = true
            }
        }
        coalescer.writerLost()
        await connection.close()
    }

    /// Commits a batch. A row that PostgreSQL refuses for a reason of its own is refused alone; an error means that the
    /// whole batch is not known to be stored.
    private func commit(
        _ events: [IncomingEvent],
        on connection: inout PostgresConnection
    ) async throws -> [Coalescer.Outcome] {
        do {
            return try await append(events, on: &connection).map(Coalescer.Outcome.success)
        } catch let error as PostgresError where error.code == .server && error.classification == .permanent {
            guard events.count > 1 else {
                logger.error("PostgreSQL refused an event.", metadata: ["error": "\(error)", "event.id": "\(events[0].id)"])
                return [.failure(.failed)]
            }
            var outcomes: [Coalescer.Outcome] = []
            for event in events { outcomes += try await commit([event], on: &connection) }
            return outcomes
        }
    }

    /// Appends a batch. When the connection breaks on the way, a new one is asked what became stored and the batch is sent
    /// again: once, because the sender's patience is short and its retry is safe.
    private func append(
        _ events: [IncomingEvent],
        on connection: inout PostgresConnection
    ) async throws -> [AppendOutcome] {
        do {
            return try await metrics.timed(rows: events.count) { [connection] in
                try await connection.run { connection in
                    let flights = connection.flights
                    return (try EventAppend.append(events, on: connection), connection.flights - flights)
                }
            }
        } catch let error as PostgresError where error.code == .connectionLost || error.code == .closed {
            await connection.close()
            connection = try await connect()
            return try await connection.run { connection in
                // Appended again as a whole: what is stored becomes a duplicate, and a changed Triggered-At rings.
                let stored = try EventAppend.stored(events, on: connection)
                let outcomes = try EventAppend.append(events, on: connection)
                return zip(events, outcomes).map { stored.contains($0.id) ? .accepted : $1 }
            }
        }
    }

    private func connect() async throws -> PostgresConnection {
        try await PostgresConnection.connect(database, logger: logger)
    }

    private func ring(for batch: [Coalescer.Entry], _ outcomes: [Coalescer.Outcome]) {
        var subjects: [DoorbellStreams.Name: [UUID]] = [:]
        for (entry, outcome) in zip(batch, outcomes) {
            guard let outcome = try? outcome.get(), outcome != .duplicate else { continue }
            subjects[DoorbellStreams.Name(source: entry.item.source), default: []].append(entry.item.subject.uuid)
        }
        for (stream, subjects) in subjects { doorbells.ring(subjects, on: stream) }
    }
}

private struct WriterMetrics {
    private let rows = Counter(label: "ingest_rows_total")
    private let commits = Counter(label: "ingest_commits_total")
    private let roundTrips = Counter(label: "postgres_round_trips_total")
    private let duration = Timer(label: "ingest_commit_seconds")

    func timed<R>(rows count: Int, _ body: () async throws -> (result: R, roundTrips: Int)) async throws -> R {
        let start = ContinuousClock.now
        let (result, flights) = try await body()
        duration.record(duration: start.duration(to: .now))
        rows.increment(by: count)
        commits.increment()
        roundTrips.increment(by: flights)
        return result
    }
}
