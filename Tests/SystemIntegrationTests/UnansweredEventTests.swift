import EventStore
import NIOCore
import NIOPosix
import Orders
import Postgres
import Queues
import Redis
import ServiceRuntime
import TestSystem
import Testing

@testable import Ingest

/// What becomes of deliveries whose COMMIT was not answered, step by step.
@Suite(.timeLimit(.minutes(5))) struct UnansweredEventTests {
    @Test(arguments: [true, false])
    func `a delivery whose commit was not answered is accepted once and rung for, whether it was stored or not`(
        isStored: Bool
    ) async throws {
        try await TestSystem.with { system async throws in
            let loops = MultiThreadedEventLoopGroup.singleton
            let redis = RedisClient(configuration: system.redis, eventLoopGroup: loops, logger: system.logger)
            let doorbells = DoorbellSender(redis: redis, streams: system.streams, logger: system.logger)
            let committer = EventCommitter(doorbells: doorbells, failpoints: .off, logger: system.logger)
            let event = try IncomingEvent.shopify(
                ShopifyHeaders(topic: "orders/updated", shopDomain: "test.myshopify.com", webhookID: "w-1"),
                body: Array(#"{"id":1,"updated_at":"2026-01-18T18:43:04Z"}"#.utf8),
                receivedAt: TestClock.now(),
                defaultShop: "test.myshopify.com"
            )
            if isStored { _ = try await system.pool.withConnection { try EventAppend.append([event], on: $0) } }
            let pending = [PendingEvent(event, on: loops.next())]
            let lost = PostgresError(.connectionLost, "gone")
            let outcomes = try await system.pool.withConnection { try committer.commitAgain(pending, after: lost, on: $0) }
            try await system.running([redis, doorbells]) {
                try await redis.waitUntilConnected(timeout: .seconds(60))
                committer.answer(pending, outcomes)
                #expect(try await pending[0].answer.futureResult.get() == .accepted)
            }
            #expect(try await system.count("SELECT count(*) FROM event_store") == 1)
            #expect(try await system.count("SELECT count(*) FROM unapplied_events") == 1)
            #expect(try await system.outstandingDoorbells() == 1)
        }
    }
}
