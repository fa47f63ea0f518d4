import EventStore
import Orders
import Postgres
import TestSystem
import Testing

/// Facts that nobody dates: they count from their first arrival, whichever of its commits came first.
@Suite(.timeLimit(.minutes(5))) struct UndatedFactTests {
    private static let shop = "test.myshopify.com"

    private static func hold(_ topic: String, webhookID: String, second: Int) throws -> IncomingEvent {
        let body = #"{"order_id":1,"fulfillment_hold":{"id":"h"}}"#
        return try .shopify(
            ShopifyHeaders(topic: topic, shopDomain: shop, webhookID: webhookID),
            body: Array(body.utf8),
            receivedAt: try #require(Instant(iso8601: "2026-01-18T17:00:0\(second)Z")),
            defaultShop: shop
        )
    }

    /// Found by the simulation.
    @Test func `an earlier arrival whose commit came later dates the fact anew`() async throws {
        let added = try Self.hold("fulfillment_holds/added", webhookID: "a", second: 5)
        let released = try Self.hold("fulfillment_holds/released", webhookID: "b", second: 3)
        let addedBefore = try Self.hold("fulfillment_holds/added", webhookID: "c", second: 1)
        try await TestSystem.with { system in
            try await system.withOrchestrators {
                for event in [added, released, addedBefore] {
                    _ = try await system.pool.withConnection { try EventAppend.append([event], on: $0) }
                    // No doorbell rang: the relay finds it.
                    try await system.settled()
                }
            }
            #expect(try await system.brokenPromises().isEmpty)
            let order = OrderID(source: "shopify", shop: Self.shop, refID: "1")
            let explanation = try await system.pool.withConnection { connection in
                try OrderExplanation.read(order, statuses: .standard, policy: BookingPolicy(), on: connection)
            }
            #expect(explanation?["hold h"]?.value == .text("released"))
        }
    }
}
