import ChaosKit
import Orders
import Postgres
import Queues
import TestSystem
import Testing

/// Everything that Shopify can do to a call, beside one, two and four replicas.
@Suite(.timeLimit(.minutes(5))) struct ShopifyFaultTests {
    private static let faults: [[String]] = [
        [],
        ["shopify/latency=40ms:0.5"],
        ["shopify/500:x12"],
        ["shopify/429=0s:x12"],
        ["shopify/throttled:x12"],
        ["shopify/reset:x12"],
        ["shopify/malformed:x12"],
        ["shopify/accept-then-reset:x12"],
        ["shopify/accept-then-timeout:x12"],
        ["fulfillment-create/late=200ms:x6", "order-mark-as-paid/late=200ms:x6"],
        [
            "shopify/latency=40ms:0.5", "shopify/500:x3", "shopify/429=0s:x3", "shopify/throttled:x3", "shopify/reset:x3",
            "shopify/malformed:x3", "shopify/accept-then-reset:x3", "shopify/accept-then-timeout:x3",
            "fulfillment-create/late=200ms:x3", "order-mark-as-paid/late=200ms:x3",
        ],
    ]

    private static let orders = 8

    @Test(arguments: faults, [1, 2, 4])
    func `whatever Shopify does, an order is told its parcel, each step of it and the money, once`(
        faults: [String],
        replicas: Int
    ) async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest(settings: ["COURIER_AFTERSHIP_AUTH": "none"]) { client async throws in
                try await system.withSandbox(faults: faults) { world async throws in
                    var settings = world.settings.merging(["BREAKER_OPEN_MS": "50", "BREAKER_LONGEST_OPEN_MS": "100"]) { $1 }
                    // Patience costs time only where no answer comes.
                    if faults.contains(where: { $0.contains("timeout") }) { settings["SHOPIFY_CALL_TIMEOUT_MS"] = "2000" }
                    try await system.withOrchestrators(replicas, settings: settings) {
                        for id in 1...Self.orders {
                            #expect(try await client.send(TestOrder(id).paidAtTheDoor).status == 200)
                        }
                        while try await system.labels().count < Self.orders { try await Moment.pass() }
                        // Shopify may not know of the parcels yet.
                        for number in try await system.labels() { #expect(try await client.collected(number).status == 200) }
                        try await system.drained()
                        while world.sandbox.report().pendingSteps > 0 { try await Moment.pass() }
                    }
                    try await Self.check(system, world, faults)
                }
            }
        }
    }

    private static func check(_ system: TestSystem, _ world: TestSandbox, _ faults: [String]) async throws {
        let report = world.sandbox.report()
        #expect(report.fulfillments == orders)
        #expect(report.fulfillmentEvents == orders * 2)
        #expect(report.paidOrders == orders)
        // A fault that never happens proves nothing.
        let outcomes = report.calls.filter { SandboxCall.Operation(rawValue: $0.key)?.side == .shopify }.values.joined()
        let failed = outcomes.filter { $0.key != "200" }.reduce(0) { $0 + $1.value }
        #expect(failed == faults.compactMap { SandboxFault($0)?.count }.reduce(0, +))
        for (id, number) in zip(1..., try await system.labels()) {
            #expect(try await world.shown(id) == "PAID \(number): IN_TRANSIT DELIVERED")
        }
        #expect(try await system.count("SELECT count(*) FROM orders WHERE flags <> '{}'") == 0)
        #expect(try await system.count("SELECT count(*) FROM jobs") == 0)
        #expect(try await system.count("SELECT count(*) FROM finished_jobs WHERE outcome = 'done'") == Int64(orders * 5))
        #expect(world.complaints == [])
        #expect(try await system.brokenPromises() == [])
    }

    /// It comes between the second look at the order, which does not show it yet, and the request that is sent again after this look.
    @Test func `a fulfillment that arrives late makes no dead letter of the one that is sent again`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                let faults = ["fulfillment-create/late=2s:x1", "order/latency=3s"]
                try await system.withSandbox(faults: faults) { world async throws in
                    try await system.withOrchestrators(settings: world.settings) {
                        _ = try await client.send(TestOrder())
                        try await system.drained()
                    }
                    #expect(world.sandbox.report().calls["fulfillment-create"] == ["reset": 1, "200": 1])
                    #expect(world.sandbox.report().fulfillments == 1)
                    #expect(try await system.texts("SELECT last_error FROM jobs") == [])
                    #expect(world.complaints == [])
                }
            }
        }
    }
}

extension TestSystem {
    /// The tracking numbers of what is booked, by order.
    fileprivate func labels() async throws -> [String] {
        try await texts(
            """
            SELECT b.tracking_number FROM bookings AS b JOIN orders AS o ON o.id = b.order_id
            WHERE b.state = 'booked' ORDER BY o.ref_id
            """
        )
    }
}
