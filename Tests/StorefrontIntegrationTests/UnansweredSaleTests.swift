import EventStore
import HTTPServing
import NIOCore
import NIOPosix
import Orders
import Postgres
import Queues
import Redis
import TestSystem
import Testing

@testable import Storefront

/// What becomes of a sale whose COMMIT was not answered, step by step.
@Suite(.timeLimit(.minutes(5))) struct UnansweredSaleTests {
    private static let lost = PostgresError(.connectionLost, "gone")

    private static func with(_ body: (TestSystem, OrderCommitter) async throws -> Void) async throws {
        try await TestSystem.with { system async throws in
            let redis = RedisClient(
                configuration: system.redis,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: system.logger
            )
            let committer = OrderCommitter(
                transaction: OrderTransaction(shop: "storefront"),
                doorbells: DoorbellSender(redis: redis, streams: system.streams, logger: system.logger),
                logger: system.logger,
                now: TestClock.now
            )
            try await body(system, committer)
            #expect(try await system.brokenPromises() == [])
        }
    }

    private static func product(_ system: TestSystem) async throws -> Product {
        let price = try #require(Money("5.00"))
        return try await system.pool.withConnection { try ProductTable.add(name: "Lamp", price: price, stock: 10, on: $0) }
    }

    private static func wish(_ product: Product, _ quantity: Int64) -> PendingOrder {
        PendingOrder(
            OrderRequest(productID: product.id, quantity: quantity),
            on: MultiThreadedEventLoopGroup.singleton.next()
        )
    }

    @Test(arguments: [true, false])
    func `a sale whose commit was not answered is made once, whether it was stored or not`(isStored: Bool) async throws {
        try await Self.with { system, committer in
            let product = try await Self.product(system)
            let wishes = [Self.wish(product, 2), Self.wish(product, 1)]
            let requests = wishes.map(\.request)
            let sale =
                if isStored {
                    try await system.pool.withConnection { connection in
                        try committer.transaction.run(requests, at: TestClock.now(), on: connection)
                    }
                } else {
                    Sale(
                        requests,
                        known: [:],
                        decision: StockDecision(products: [product], ids: [1_001, 1_002], now: TestClock.now())
                    )
                }
            let error = OrderTransaction.UncertainCommit(sale: sale, underlying: Self.lost)
            let outcomes = try await system.pool.withConnection { try committer.commitAgain(wishes, after: error, on: $0) }
            committer.answer(wishes, outcomes)
            var ids: [Int64] = []
            for wish in wishes {
                guard case .decided(.placed(let order)) = try await wish.answer.futureResult.get() else {
                    Issue.record("expected an order")
                    continue
                }
                ids.append(order.id)
            }
            if isStored { #expect(ids == sale.placed.map(\.id)) }
            let stored = try await system.texts("SELECT id::text FROM storefront_orders ORDER BY id")
            #expect(stored == ids.map(String.init))
            #expect(try await system.count("SELECT count(*) FROM event_store") == 2)
            #expect(try await system.count("SELECT stock FROM products") == 7)
        }
    }

    /// Its other half was refused and divided, and nobody knows how.
    @Test func `when the sale was of a part of the batch only, nobody buys twice`() async throws {
        try await Self.with { system, committer in
            let product = try await Self.product(system)
            let wishes = [Self.wish(product, 2), Self.wish(product, 1)]
            let request = wishes[0].request
            let sale = try await system.pool.withConnection { connection in
                try committer.transaction.run([request], at: TestClock.now(), on: connection)
            }
            let error = OrderTransaction.UncertainCommit(sale: sale, underlying: Self.lost)
            await #expect(throws: OrderTransaction.UncertainCommit.self) {
                try await system.pool.withConnection { _ = try committer.commitAgain(wishes, after: error, on: $0) }
            }
            for wish in wishes { wish.refuse(.failed) }
            #expect(try await system.count("SELECT count(*) FROM storefront_orders") == 1)
            #expect(try await system.count("SELECT stock FROM products") == 8)
        }
    }
}
