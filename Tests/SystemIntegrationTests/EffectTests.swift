import ChaosKit
import Orders
import Postgres
import Queues
import TestSystem
import Testing

/// The whole way: webhooks in, a courier booked, the shop told, with the sandbox as the outside world.
@Suite(.timeLimit(.minutes(5))) struct EffectTests {
    /// Runs replicas beside a sandbox with these faults.
    private static func with(
        replicas: Int = 1,
        faults: [String] = [],
        settings: [String: String] = [:],
        _ body: (TestSystem, TestClient, TestSandbox) async throws -> Void
    ) async throws {
        try await TestSystem.with { system async throws in
            try await system.withSandbox(faults: faults) { world async throws in
                try await system.withOrchestrators(replicas, settings: world.settings.merging(settings) { $1 }) {
                    try await system.withIngest { client async throws in try await body(system, client, world) }
                }
            }
        }
    }

    @Test(arguments: [1, 2, 4])
    func `a paid order is booked once and its shop told`(replicas: Int) async throws {
        try await Self.with(replicas: replicas) { system, client, world in
            for id in 1...20 { #expect(try await client.send(TestOrder(id)).status == 200) }
            try await system.drained()
            #expect(try await system.count("SELECT count(*) FROM bookings WHERE state = 'booked'") == 20)
            #expect(try await system.count("SELECT count(*) FROM orders WHERE order_status = 'BOOKED'") == 20)
            #expect(try await system.count("SELECT count(*) FROM finished_jobs WHERE outcome = 'done'") == 40)
            #expect(world.complaints == [])
        }
    }

    /// What one shop's address does is no reason to leave the others alone.
    @Test func `a shop with an Admin API of its own is told there, by its own token, and has a breaker of its own`() async throws
    {
        try await TestSystem.with { system async throws in
            try await system.withSandbox { common async throws in
                try await system.withSandbox(faults: ["shopify/500:1x4"], shopifyToken: "own") { own async throws in
                    let settings = common.settings.merging([
                        "SHOPIFY_ADMIN_SERVICE_URL_NILE_LANTERN": "http://127.0.0.1:\(own.client.port)/",
                        "SHOPIFY_ADMIN_TOKEN_NILE_LANTERN": "own", "BREAKER_FAILURES": "2",
                    ]) { $1 }
                    try await system.withOrchestrators(settings: settings) {
                        try await system.withIngest { client async throws in
                            for id in 1...4 {
                                let order = TestOrder(id)
                                let shop = id == 1 ? "nile-lantern.myshopify.com" : "test.myshopify.com"
                                let answer = try await client.shopify(
                                    order.json,
                                    topic: order.topic,
                                    webhookID: "w-\(id)",
                                    shop: shop
                                )
                                #expect(answer.status == 200)
                            }
                            try await system.drained()
                        }
                    }
                    #expect(own.calls("fulfillment-create") == 1 && own.calls("book") == 0)
                    #expect(common.calls("fulfillment-create") == 3 && common.calls("book") == 4)
                    #expect(own.complaints == [] && common.complaints == [])
                }
            }
        }
    }

    /// From the webhook over the jobs it was the reason for to every call they make, and from a courier's answer to the shop.
    @Test(arguments: ["4bf92f3577b34da6a3ce929d0e0e4736", nil])
    func `a trace goes on from the webhook to every call to the outside`(trace: String?) async throws {
        try await Self.with { system, client, world in
            let order = TestOrder()
            let header = trace.map { "00-\($0)-00f067aa0ba902b7-01" } ?? "00-nonsense"
            let answer = try await client.shopify(order.json, topic: order.topic, more: ["traceparent": header])
            #expect(answer.status == 200)
            try await system.drained()
            let event = try await system.texts(
                "SELECT replace(coalesce(trace_id, event_id)::text, '-', '') FROM event_store WHERE source = 'shopify'"
            )
            #expect(event == [trace ?? event[0]])
            let calls = try JSONDocument(parsing: Array(try await world.client.get("/sandbox/calls").body.utf8)).root["calls"]
            let parents = calls?.elements.compactMap { $0.text("traceparent") } ?? []
            #expect(parents.count == 3)
            for parent in parents {
                let parts = parent.split(separator: "-")
                #expect(parts.map(\.count) == [2, 32, 16, 2] && parts[1] == event[0])
            }
            #expect(Set(parents).count == 3)
            let heard = "SELECT DISTINCT replace(trace_id::text, '-', '') FROM event_store WHERE source = 'booking'"
            #expect(try await system.texts(heard) == event)
        }
    }

    @Test(
        arguments: [
            "shopify/500", "shopify/401", "shopify/malformed", "shopify/oversized", "shopify/wrong-subject", "shopify/timeout",
        ]
    )
    func `a shop that cannot be told ends in a dead letter that says why, and hears of it after a requeue`(
        fault: String
    ) async throws {
        var settings = ["QUEUE_DEFAULT_ATTEMPTS": "2", "BREAKER_FAILURES": "1000"]
        // Patience costs time only where no answer comes.
        if fault == "shopify/timeout" { settings["SHOPIFY_CALL_TIMEOUT_MS"] = "3000" }
        try await Self.with(faults: [fault], settings: settings) { system, client, world in
            _ = try await client.send(TestOrder())
            while try await system.count("SELECT count(*) FROM jobs WHERE state = 'dead'") == 0 { try await Moment.pass() }
            #expect(try await system.bookingStates() == ["1 booked"])
            let reasons = try await system.texts("SELECT last_error FROM jobs")
            #expect(reasons.count == 1 && reasons.allSatisfy { $0.hasPrefix("Shopify") }, "\(reasons)")
            // It was tried as often as it may be, however often it was put off.
            #expect(try await system.count("SELECT max_attempts - attempt FROM jobs") == 0)
            world.sandbox.replaceFaults([])
            _ = try await system.pool.transaction {
                try DeadLetters.requeue(DeadLetters.Filter(queue: .notifications), ratePerSecond: 1_000, in: &$0)
            }
            try await system.drained()
            #expect(world.sandbox.report().fulfillments == 1)
            #expect(world.complaints == [])
        }
    }

    @Test(arguments: [1, 4])
    func `Redis emptied again and again while jobs wait loses and doubles nothing`(replicas: Int) async throws {
        let settings = ["SHOPIFY_ADMIN_NOTIFICATIONS_RATE_MAX": "50", "BOOKING_SETTLE_MS": "300"]
        try await Self.with(replicas: replicas, settings: settings) { system, client, world in
            for id in 1...20 { _ = try await client.send(TestOrder(id)) }
            let begun = "SELECT (SELECT count(*) FROM jobs) + (SELECT count(*) FROM finished_jobs)"
            while try await system.count(begun) == 0 { try await Moment.pass() }
            for done in [1, 10, 20, 30] as [Int64] {
                try await system.flushRedis()
                while try await system.count("SELECT count(*) FROM finished_jobs") < done { try await Moment.pass() }
            }
            try await system.drained()
            #expect(try await system.count("SELECT count(*) FROM bookings WHERE state = 'booked'") == 20)
            #expect(try await system.count("SELECT count(*) FROM finished_jobs WHERE outcome = 'done'") == 40)
            #expect(world.calls("book") == 20)
            #expect(world.calls("fulfillment-create") == 20)
            #expect(world.complaints == [])
            #expect(try await system.brokenPromises() == [])
        }
    }
}
