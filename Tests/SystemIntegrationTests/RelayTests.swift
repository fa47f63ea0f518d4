import FoundationEssentials
import NIOPosix
import Orchestration
import Queues
import Redis
import ServiceRuntime
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct RelayTests {
    /// As many as the workers of a backlog are to find at most.
    private static let many = 256

    @Test func `the relay rings for nothing while so many doorbells wait that it would only add to them`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                #expect(try await client.shopify(#"{"id":1,"updated_at":"2026-01-18T18:43:04Z"}"#).status == 200)
            }
            let redis = RedisClient(
                configuration: system.redis,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: system.logger
            )
            var settings = SettingsReader(layers: [["RELAY_AFTER_MS": "10"]])
            let relay = Relay(
                pool: system.pool,
                redis: redis,
                streams: system.streams,
                configuration: OrchestratorConfiguration(settings: &settings, defaultName: "one"),
                logger: system.logger
            )
            try await system.running([redis]) {
                try await redis.waitUntilConnected(timeout: .seconds(60))
                try await eventually("the event is overdue") { try await relay.ringOverdue() == 1 }
                while try await system.outstandingDoorbells() < Self.many {
                    try await system.streams.ring([UUID()], on: .shopifyEvents, isRelayed: false, redis)
                }
                // Long enough for it to be overdue again.
                for _ in 1...3 { try await Moment.pass() }
                #expect(try await relay.ringOverdue() == 0)
                try await system.deleteStreams()
                try await eventually("the backlog is gone") { try await relay.ringOverdue() == 1 }
            }
        }
    }
}
