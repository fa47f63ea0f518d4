import FoundationEssentials
import Ingest
import NIOPosix
import Orchestration
package import Orders
import Postgres
import Queues
import ServiceLifecycle
package import ServiceRuntime
import Storefront
import Synchronization

extension TestSystem {
    /// How long a busy machine may take for a commit before it is given up, which is as long as the settings allow, and its clients
    /// for a request. A test of an outage, or of such clients, says how long itself.
    package static let patience = [
        "INGEST_COMMIT_TIMEOUT_MS": "4000", "STOREFRONT_COMMIT_TIMEOUT_MS": "20000", "INGEST_REQUEST_TIMEOUT_MS": "120000",
        "INGEST_IDLE_TIMEOUT_MS": "600000",
    ]

    /// Runs ingest on a free port for as long as the body takes.
    package func withIngest<R>(
        settings: [String: String] = [:],
        now: @escaping @Sendable () -> Instant = TestClock.now,
        _ body: (TestClient) async throws -> R
    ) async throws -> R {
        let defaults = [
            "PORT": "0", "HOST": "127.0.0.1", "SHOPIFY_WEBHOOK_SECRETS": Self.secret,
            "STOREFRONT_ADMIN_TOKEN": Self.storefrontToken,
        ].merging(Self.patience) { $1 }
        var reader = SettingsReader(layers: [defaults.merging(settings) { $1 }])
        let configuration = IngestConfiguration(settings: &reader)
        let storefront = StorefrontConfiguration(settings: &reader)
        try reader.finish()
        let started = AsyncStream.makeStream(of: Int.self)
        let ingest = IngestServices(
            configuration: configuration,
            database: database,
            redis: redis,
            streams: streams,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger,
            beside: { doorbells in
                StorefrontServices(
                    configuration: storefront,
                    database: database,
                    doorbells: doorbells,
                    timers: MultiThreadedEventLoopGroup.singleton.next(),
                    logger: logger,
                    now: now
                ).part
            },
            now: now,
            onStart: { started.continuation.yield($0) }
        )
        return try await running(ingest.services) {
            var ports = started.stream.makeAsyncIterator()
            let port = await ports.next() ?? 0
            let client = TestClient(port: port)
            try await client.waitUntilHealthy()
            return try await body(client)
        }
    }

    /// Runs replicas of the orchestrator for as long as the body takes; they book only when the settings say so. They count their
    /// hits of a failpoint together.
    package func withOrchestrators<R>(
        _ count: Int = 1,
        settings: [String: String] = [:],
        failpoints: [Failpoint: FailpointPlan] = [:],
        _ body: () async throws -> R
    ) async throws -> R {
        let failpoints = Failpoints(failpoints, logger: logger)
        var reader = SettingsReader(layers: [settings, ["RELAY_INTERVAL_MS": "50", "RELAY_AFTER_MS": "500", "BOOKING": "off"]])
        let services = (1...count).flatMap { number in
            OrchestratorServices(
                configuration: OrchestratorConfiguration(settings: &reader, defaultName: "replica-\(number)"),
                instance: UUID().uuidString,
                database: database,
                redis: redis,
                streams: streams,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: logger,
                now: TestClock.now,
                failpoints: failpoints
            ).services
        }
        try reader.finish()
        return try await running(services, body)
    }
}

/// A clock whose every reading is later than the one before.
package enum TestClock {
    private static let microseconds = Atomic<Int64>(1_790_000_000_000_000)

    @Sendable package static func now() -> Instant {
        Instant(microseconds: microseconds.add(1_000, ordering: .relaxed).newValue) ?? .latest
    }
}
