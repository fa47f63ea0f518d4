import ChaosKit
import LocalServers
import Postgres
import Queues
import TestSystem
import Testing

/// A courier service that is not there at all, and the settings that everybody has who sets none.
@Suite(.timeLimit(.minutes(5))) struct CourierOutageTests {
    @Test func `orders of a time in which nobody listens at the courier's port are booked afterwards, but for the first few`()
        async throws
    {
        let (first, later) = (4, 20)
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                let port = try await LocalPort.free()
                // Only waits are shorter, and nobody waits for a later look at the courier.
                let settings = [
                    "BOOKING": "on", "SANDBOX_URL": "http://127.0.0.1:\(port)", "SHOPIFY_ADMIN_TOKEN": "sandbox",
                    "BOOKING_SETTLE_MS": "50", "BOOKING_CHECKS": "0", "QUEUE_DEFAULT_BACKOFF_MS": "50",
                    "SHOPIFY_ADMIN_NOTIFICATIONS_RATE_MAX": "1000",
                ]
                try await system.withIngest { client async throws in
                    try await system.withProcess("orchestrator", settings, in: folder) { program async throws in
                        func send(_ ids: ClosedRange<Int>) async throws {
                            for id in ids { #expect(try await client.send(TestOrder(id)).status == 200) }
                        }
                        let dead = "SELECT count(*) FROM jobs WHERE state = 'dead'"
                        try await send(1...first)
                        try await eventually("one is given up on") { try await system.count(dead) > 0 }
                        let breaker = #"outbound_breaker_open{destination="courier"} 1"#
                        try await eventually("the courier is left alone") {
                            try await program.admin.get("/metrics").body.contains(breaker)
                        }
                        try await send(first + 1...first + later)
                        // Each of them would be given up on by now if it was tried as long as it has attempts.
                        let waiting = """
                            SELECT count(*) FROM jobs AS j JOIN orders AS o ON o.id = j.order_id
                            WHERE o.ref_id::int > \(first) AND j.state <> 'dead' AND j.created_at < now() - interval '2 s'
                            """
                        try await eventually("the later ones wait") { try await system.count(waiting) == later }
                        try await system.withSandbox(port: port) { world async throws in
                            try await system.drained()
                            let letters = try await system.texts("SELECT last_error FROM jobs")
                            #expect((1...first).contains(letters.count))
                            #expect(letters.allSatisfy { $0.hasPrefix("the courier service cannot be reached: ") }, "\(letters)")
                            let booked = try await system.count("SELECT count(*) FROM bookings WHERE state = 'booked'")
                            #expect(Int(booked) == first + later - letters.count)
                            _ = try await system.pool.transaction {
                                try DeadLetters.requeue(DeadLetters.Filter(), ratePerSecond: 1_000, in: &$0)
                            }
                            try await system.drained()
                            #expect(try await system.texts("SELECT DISTINCT state FROM bookings") == ["booked"])
                            #expect(world.sandbox.report().activeLabels == first + later)
                            #expect(world.sandbox.report().fulfillments == first + later)
                            #expect(world.complaints == [])
                        }
                    }
                }
                #expect(try await system.count("SELECT count(*) FROM jobs") == 0)
                #expect(try await system.brokenPromises() == [])
            }
        }
    }
}
