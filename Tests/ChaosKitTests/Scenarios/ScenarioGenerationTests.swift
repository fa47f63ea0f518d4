import Orders
import Testing

@testable import ChaosKit

@Suite("A burst")
struct BurstTests {
    @Test func `is the same for the same seed and differs for another one`() {
        let burst = Burst(shop: "a.myshopify.com", seed: 7)
        #expect(burst.webhooks() == burst.webhooks())
        #expect(burst.webhooks() != Burst(shop: "a.myshopify.com", seed: 8).webhooks())
    }

    @Test func `has one fact for each webhook, all about one order within one second`() throws {
        var burst = Burst(shop: "a.myshopify.com", seed: 1)
        burst.count = 1_000
        let webhooks = burst.webhooks()
        let events = try webhooks.map { try $0.event(receivedAt: .epoch) }
        #expect(webhooks[0].webhookID == "chaos-webhook-order_chaos_test_12345-1")
        #expect(Set(events.map(\.fact)).count == 1_000)
        #expect(Set(events.map(\.id)).count == 1_000)
        #expect(Set(events.map(\.subject)).count == 1)
        let expected = try ExpectedOrder.fold(events)
        #expect(expected.count == 1)
        #expect(expected.values.first?.version == 1_000)
    }
}

@Suite("A storm")
struct StormTests {
    private func storm(seed: UInt64 = 3) -> Storm {
        var storm = Storm(shop: "a.myshopify.com", seed: seed)
        storm.webhooks = 1_000
        storm.orders = 250
        return storm
    }

    @Test func `is the same for the same seed and differs for another one`() {
        #expect(storm().deliveries() == storm().deliveries())
        #expect(storm().deliveries() != storm(seed: 4).deliveries())
    }

    @Test func `has as many deliveries, orders and duplicates as it is asked for`() throws {
        let deliveries = storm().deliveries()
        let events = try deliveries.map { try $0.event(receivedAt: .epoch) }
        #expect(deliveries.count == 1_000)
        #expect(Set(events.map(\.id)).count == 900)
        #expect(Set(events.map(\.subject)).count == 250)
        #expect(
            Set(deliveries.map(\.topic)).isSuperset(of: ["orders/create", "orders/updated", "orders/paid", "orders/cancelled"])
        )
    }

    @Test func `has ties: several webhooks of one order within one second`() throws {
        let keys = try storm().deliveries().map { webhook in
            let root = try JSONDocument(parsing: webhook.body).root
            return "\(root["id"]?.text ?? "") \(root["updated_at"]?.text ?? "")"
        }
        #expect(Set(keys).count < 900)
    }
}

@Suite("The expected order")
struct ExpectedOrderTests {
    @Test func `does not depend on the order of the events or on their repetition`() throws {
        var storm = Storm(shop: "a.myshopify.com", seed: 11)
        storm.webhooks = 200
        storm.orders = 20
        var events = try storm.deliveries().map { try $0.event(receivedAt: .epoch) }
        let expected = try ExpectedOrder.fold(events)
        var random = SplitMix64(seed: 12)
        for _ in 0..<10 {
            random.shuffle(&events)
            #expect(try ExpectedOrder.fold(events + events.prefix(50)) == expected)
        }
        #expect(expected.count == 20)
        #expect(Set(expected.values.map(\.status)).contains("CANCELLED"))
    }
}
