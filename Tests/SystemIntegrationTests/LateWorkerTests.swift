import NIOPosix
import Orchestration
import Orders
import Redis
import ServiceRuntime
import TestSystem
import Testing

@testable import Queues

/// A worker that is slower than its lease.
@Suite(.timeLimit(.minutes(5))) struct LateWorkerTests {
    private static let shop = "test.myshopify.com"
    private static let order = OrderID(source: "shopify", shop: shop, refID: "1")

    private static func job(leaseEnd: ContinuousClock.Instant) -> ClaimedJob {
        var job = ClaimedJob(
            id: 1,
            queue: .bookings,
            key: "book:\(order):1",
            orderID: order.uuid,
            shop: shop,
            input: Array(#"{"attempt":1,"intent":"book"}"#.utf8),
            attempt: 1,
            maxAttempts: 3
        )
        job.gate = StartGate(leaseEnd: leaseEnd)
        return job
    }

    /// What a replica has, with the clients that it calls through.
    private static func withHandler(
        _ system: TestSystem,
        _ world: TestSandbox,
        _ body: (BookingHandler) async throws -> Void
    ) async throws {
        let loops = MultiThreadedEventLoopGroup.singleton
        let redis = RedisClient(configuration: system.redis, eventLoopGroup: loops, logger: system.logger)
        var settings = SettingsReader(layers: [world.settings])
        let outbound = OutboundConfiguration(settings: &settings)
        let http = OutboundClient(
            destination: "courier",
            baseURL: outbound.courierURL,
            timeout: outbound.courierTimeout,
            configuration: outbound,
            eventLoopGroup: loops
        )
        let records = OrderRecords(
            pool: system.pool,
            policy: BookingPolicy(),
            effects: BookingEffects(),
            doorbells: DoorbellSender(redis: redis, streams: system.streams, logger: system.logger),
            now: { TestClock.now() }
        )
        try await system.running([redis, http]) {
            try await body(BookingHandler(records: records, courier: CourierClient(http: http)))
        }
    }

    /// Between the claim and the lock of the order it was asleep.
    @Test func `whoever gets to an order when its lease is over takes no command`() async throws {
        try await TestSystem.with { system async throws in
            try await system.execute(
                "INSERT INTO queue_states (queue, paused_at, paused_by) VALUES ('internal-booking-events', now(), 'test')"
            )
            try await system.withIngest { client async throws in #expect(try await client.send(TestOrder()).status == 200) }
            try await system.withOrchestrators(settings: ["BOOKING": "on"]) { try await system.settled() }
            #expect(try await system.bookingStates() == ["1 claimed"])
            try await system.withSandbox { world async throws in
                try await Self.withHandler(system, world) { handler async throws in
                    await #expect(throws: StartGate.Closed.self) { _ = try await handler.run(Self.job(leaseEnd: .now)) }
                    #expect(try await system.bookingStates() == ["1 claimed"])
                    #expect(world.calls("book") == 0)
                    let outcome = try await handler.run(Self.job(leaseEnd: .now + .seconds(60)))
                    #expect(outcome == .done(answer: nil))
                    #expect(world.calls("book") == 1)
                }
            }
        }
    }
}
