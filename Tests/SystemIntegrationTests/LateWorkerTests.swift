import EventStore
import Orchestration
import Orders
import Postgres
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
            input: [],
            attempt: 1,
            maxAttempts: 3
        )
        job.gate = StartGate(leaseEnd: leaseEnd)
        return job
    }

    @Test func `whoever gets to an order when its lease is over takes no command`() async throws {
        try await TestSystem.with { system async throws in
            try await system.execute(
                "INSERT INTO queue_states (queue, paused_at, paused_by) VALUES ('internal-booking-events', now(), 'test')"
            )
            try await system.withIngest { client async throws in #expect(try await client.send(TestOrder()).status == 200) }
            try await system.withOrchestrators(settings: ["BOOKING": "on"]) { try await system.settled() }
            #expect(try await system.bookingStates() == ["1 claimed"])
            let transaction = BookingTransaction(policy: BookingPolicy(), effects: BookingEffects())
            func take(_ job: ClaimedJob) async throws -> BookingAnswer? {
                let report = BookingReport(order: Self.order, attempt: 1, event: .taken, job: job)
                return try await system.pool.withConnection { try transaction.run([report], on: $0).answers[0].get() }
            }
            await #expect(throws: StartGate.Closed.self) { _ = try await take(Self.job(leaseEnd: .now)) }
            #expect(try await system.bookingStates() == ["1 claimed"])
            #expect(try await take(Self.job(leaseEnd: .now + .seconds(60)))?.effect == .request)
            #expect(try await system.bookingStates() == ["1 requested"])
        }
    }
}
