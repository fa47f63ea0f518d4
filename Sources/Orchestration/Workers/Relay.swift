import EventStore
import FoundationEssentials
package import Logging
import Metrics
package import Postgres
package import Queues
package import Redis
import ServiceLifecycle
import ServiceRuntime

/// Rings again for events that wait longer than they should: whatever lost their doorbell, they are merged.
///
/// Every replica runs one; an event is rung for once in `relayAfter`, whichever replica is first.
package struct Relay: Service {
    /// While this many doorbells wait to be worked on, ringing again would only add to them.
    static let maxOutstanding = 256

    private let pool: PostgresPool
    private let redis: RedisClient
    private let streams: DoorbellStreams
    private let configuration: OrchestratorConfiguration
    private let logger: Logger
    private let rung = Counter(label: "relay_rung_subjects_total")

    package init(
        pool: PostgresPool,
        redis: RedisClient,
        streams: DoorbellStreams,
        configuration: OrchestratorConfiguration,
        logger: Logger
    ) {
        self.pool = pool
        self.redis = redis
        self.streams = streams
        self.configuration = configuration
        self.logger = logger
    }

    /// Rings until graceful shutdown.
    package func run() async throws {
        var fault = RecurringFault()
        await cancelWhenGracefulShutdown { await redis.waitForStart() }
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                try await ringOverdue()
                fault.end()
            } catch {
                fault.warn("The relay could not ring and tries again.", error, to: logger)
            }
            // Cancelled means that the loop ends.
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: configuration.relayInterval) }
        }
    }

    /// One round; returns how many subjects were rung for.
    @discardableResult
    package func ringOverdue() async throws -> Int {
        guard try await streams.outstanding(redis) < Self.maxOutstanding else { return 0 }
        let (age, limit) = (configuration.relayAfter, configuration.relaySubjects)
        let overdue = try await pool.withConnection { try UnappliedTable.overdue(olderThan: age, limit: limit, on: $0) }
        guard !overdue.isEmpty else { return 0 }
        for (stream, subjects) in Dictionary(grouping: overdue, by: { DoorbellStreams.Name(source: $0.source) }) {
            try await streams.ring(subjects.map(\.subjectID), on: stream, isRelayed: true, redis)
        }
        rung.increment(by: overdue.count)
        logger.info("The relay rang for events that waited too long.", metadata: ["relay.subjects": "\(overdue.count)"])
        return overdue.count
    }
}
