import ChaosKit
import Orders
import TestSystem
import Testing

/// The whole way: webhooks in, a courier booked, the shop told, with the sandbox as the outside world.
@Suite(.timeLimit(.minutes(3))) struct EffectTests {
    private static func order(_ id: Int, cancelled: Bool = false) -> String {
        #"""
        {"id":"\#(id)","updated_at":"2026-01-18T18:43:0\#(cancelled ? 5 : 1)Z","financial_status":"paid","total_price":"150.00",
         "currency":"EGP","shipping_address":{"city":"Cairo","address1":"1 Nile St"},
         "line_items":[{"id":1,"title":"Lamp","quantity":1}]\#(cancelled ? #","cancelled_at":"2026-01-18T18:43:05Z""# : "")}
        """#
    }

    /// Runs replicas beside a sandbox with these faults.
    private static func with(
        replicas: Int = 1,
        faults: [String] = [],
        _ body: (TestSystem, TestClient, Sandbox) async throws -> Void
    ) async throws {
        var options = SandboxOptions()
        options.port = 0
        options.budget = (100_000, 10_000)
        options.faults = faults.compactMap { SandboxFault($0) }
        let started = AsyncStream.makeStream(of: Int.self)
        try await TestSystem.with { system async throws in
            let sandbox = Sandbox(options: options, logger: system.logger, onStart: { started.continuation.yield($0) })
            try await system.running(sandbox.services) {
                var ports = started.stream.makeAsyncIterator()
                let url = "http://127.0.0.1:\(await ports.next() ?? 0)"
                let settings = [
                    "BOOKING": "on", "BOOKING_SETTLE_MS": "50", "COURIER_SERVICE_URL": url, "SHOPIFY_ADMIN_SERVICE_URL": url,
                    "QUEUE_DEFAULT_BACKOFF_MS": "50", "QUEUE_DEFAULT_ATTEMPTS": "20", "COURIER_CALL_TIMEOUT_MS": "300",
                    "SHOPIFY_ADMIN_NOTIFICATIONS_RATE_MAX": "1000",
                ]
                try await system.withOrchestrators(replicas, settings: settings) {
                    try await system.withIngest { client async throws in try await body(system, client, sandbox) }
                }
            }
        }
    }

    private static func drained(_ system: TestSystem) async throws {
        repeat {
            try await system.settled()
            try await Moment.pass()
        } while try await system.count("SELECT count(*) FROM jobs WHERE state <> 'dead'") > 0
        try await system.settled()
    }

    @Test(arguments: [1, 2, 4])
    func `a paid order is booked once and its shop told`(replicas: Int) async throws {
        try await Self.with(replicas: replicas) { system, client, sandbox in
            for id in 1...20 { #expect(try await client.shopify(Self.order(id), webhookID: "w-\(id)").status == 200) }
            try await Self.drained(system)
            #expect(try await system.count("SELECT count(*) FROM bookings WHERE state = 'booked'") == 20)
            #expect(try await system.count("SELECT count(*) FROM orders WHERE order_status = 'BOOKED'") == 20)
            #expect(try await system.count("SELECT count(*) FROM finished_jobs WHERE outcome = 'done'") == 40)
            #expect(sandbox.report().assertions.filter { !$0.holds }.isEmpty)
        }
    }

    @Test(arguments: [
        "courier/accept-then-timeout:0.4", "courier/reset:0.4", "courier/500:0.4", "courier/429:0.4", "courier/malformed:0.4",
    ])
    func `whatever the courier service does to a call, there is one label for each order`(fault: String) async throws {
        try await Self.with(replicas: 2, faults: [fault]) { system, client, sandbox in
            for id in 1...10 { #expect(try await client.shopify(Self.order(id), webhookID: "w-\(id)").status == 200) }
            try await Self.drained(system)
            #expect(try await system.texts("SELECT DISTINCT state FROM bookings") == ["booked"])
            #expect(try await system.count("SELECT count(*) FROM bookings") == 10)
            #expect(sandbox.report().assertions.filter { !$0.holds }.isEmpty)
        }
    }

    @Test func `an order that is cancelled after its booking is cancelled at the courier`() async throws {
        try await Self.with { system, client, sandbox in
            _ = try await client.shopify(Self.order(1), webhookID: "w-1")
            try await Self.drained(system)
            #expect(try await system.texts("SELECT state FROM bookings") == ["booked"])
            _ = try await client.shopify(Self.order(1, cancelled: true), topic: "orders/cancelled", webhookID: "w-2")
            try await Self.drained(system)
            #expect(try await system.texts("SELECT state FROM bookings") == ["cancelled"])
            #expect(try await system.texts("SELECT order_status FROM orders") == ["CANCELLED"])
            #expect(sandbox.report().assertions.filter { !$0.holds }.isEmpty)
        }
    }
}
