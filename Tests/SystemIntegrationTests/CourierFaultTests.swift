import ChaosKit
import Orders
import Postgres
import Queues
import TestSystem
import Testing

/// Everything that a courier service can do to a call or to its own callbacks, beside one, two and four replicas.
@Suite(.timeLimit(.minutes(5))) struct CourierFaultTests {
    private static let faults: [[String]] = [
        [],
        ["latency=40ms:0.5"],
        ["courier/500:x12"],
        ["courier/429=0s:x12"],
        ["courier/reset:x12"],
        ["courier/malformed:x12"],
        ["courier/accept-then-reset:x12"],
        ["courier/accept-then-timeout:x12"],
        ["courier/accept-then-reset:x12", "forgets-keys"],
        ["callback-before-answer"],
        ["duplicate-callbacks"],
        ["out-of-order"],
        [
            "latency=40ms:0.5", "courier/500:x3", "courier/429=0s:x3", "courier/reset:x3", "courier/malformed:x3",
            "courier/accept-then-reset:x3", "courier/accept-then-timeout:x3",
            "callback-before-answer", "duplicate-callbacks", "out-of-order",
        ],
    ]

    private static let orders = 8

    @Test(arguments: faults, [1, 2, 4])
    func `whatever its courier does, an order gets one label, its parcel comes to its end, and its shop is told`(
        faults: [String],
        replicas: Int
    ) async throws {
        try await TestSystem.with { system async throws in
            let secret = ["COURIER_NATIVE_SECRET": TestSandbox.courierSecret]
            try await system.withIngest(settings: secret) { client async throws in
                try await system.withSandbox(faults: faults, callbacks: client) { world async throws in
                    var settings = world.settings.merging(["BREAKER_OPEN_MS": "50", "BREAKER_LONGEST_OPEN_MS": "100"]) { $1 }
                    // Patience costs time only where no answer comes.
                    if faults.contains(where: { $0.contains("timeout") }) { settings["COURIER_CALL_TIMEOUT_MS"] = "2000" }
                    try await system.withOrchestrators(replicas, settings: settings) {
                        for id in 1...Self.orders { #expect(try await client.send(TestOrder(id)).status == 200) }
                        // Some parcels come back: that is an end, too.
                        let ended = "SELECT count(*) FROM orders WHERE order_status IN ('DELIVERED', 'RETURNED')"
                        while try await system.count(ended) < Self.orders { try await Moment.pass() }
                        while world.sandbox.report().pendingSteps > 0 { try await Moment.pass() }
                        try await system.drained()
                        #expect(try await system.count(ended) == Self.orders)
                    }
                    try await Self.check(system, world, faults)
                }
            }
        }
    }

    private static func check(_ system: TestSystem, _ world: TestSandbox, _ faults: [String]) async throws {
        #expect(try await system.count("SELECT count(*) FROM bookings WHERE attempt = 1 AND NOT late") == orders)
        #expect(try await system.count("SELECT count(*) FROM bookings") == orders)
        #expect(try await system.count("SELECT count(*) FROM orders WHERE flags <> '{}'") == 0)
        #expect(try await system.count("SELECT count(*) FROM jobs") == 0)
        #expect(try await system.count("SELECT count(*) FROM audit_log WHERE status IN ('parked', 'failed')") == 0)
        let report = world.sandbox.report()
        #expect(report.labels == orders)
        #expect(report.callbacksTold == orders * 5 * (faults.contains("duplicate-callbacks") ? 2 : 1))
        // A parcel may be back before its shop has heard that it left.
        let delivered = Int(try await system.count("SELECT count(*) FROM orders WHERE order_status = 'DELIVERED'"))
        #expect((delivered...orders).contains(report.fulfillments))
        #expect(world.complaints == [])
        #expect(try await system.brokenPromises() == [])
        // A fault that never happens proves nothing.
        let outcomes = ["book", "look-up"].flatMap { report.calls[$0, default: [:]] }
        let failed = outcomes.filter { !["200", "201", "404"].contains($0.key) }.reduce(0) { $0 + $1.value }
        #expect(failed == faults.compactMap { SandboxFault($0)?.count }.reduce(0, +))
    }
}
