import LocalServers
import Subprocess
import TestSystem
import Testing

/// A check that finds nothing proves nothing: each bug here is planted in a live store, and `ordersctl verify` must name the one
/// who has it.
@Suite(.timeLimit(.minutes(10))) struct PlantedInStoreTests {
    /// What a bug would have left behind.
    struct Bug: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var invariant: String
        /// Does it.
        var plant: String
        /// The statement that says who is to be named.
        var offender: String

        init(_ name: String, breaks invariant: String, plant: String, offender: String) {
            (testDescription, self.invariant, self.plant, self.offender) = (name, invariant, plant, offender)
        }
    }

    private static let someEvent = "SELECT min(event_id::text) FROM event_store"
    private static let someOrder = "SELECT min(id::text) FROM orders"

    private static let bugs = [
        Bug(
            "a lost event",
            breaks: "I1",
            plant: "DELETE FROM audit_log WHERE event_id::text = (\(someEvent))",
            offender: someEvent
        ),
        Bug(
            "an event that was merged twice",
            breaks: "I1",
            plant: """
                INSERT INTO audit_log (subject_id, fact_id, event_id, order_id, source, topic, status, reason, received_at)
                SELECT subject_id, gen_random_uuid(), event_id, order_id, source, topic, status, reason, received_at
                FROM audit_log WHERE event_id::text = (\(someEvent))
                """,
            offender: someEvent
        ),
        Bug(
            "a merge that depends on the order of arrival",
            breaks: "I2",
            plant: """
                UPDATE orders SET state_hash = (SELECT state_hash FROM orders ORDER BY id DESC LIMIT 1)
                WHERE id::text = (\(someOrder))
                """,
            offender: someOrder
        ),
        Bug(
            "a version that was counted twice",
            breaks: "I3",
            plant: "UPDATE orders SET version = version + 1 WHERE id::text = (\(someOrder))",
            offender: someOrder
        ),
        Bug(
            "a booking that was made twice",
            breaks: "I4",
            plant: """
                DROP INDEX bookings_active_key;
                INSERT INTO bookings (order_id, attempt, state, reference, destination_hash)
                SELECT o.id, n, 'booked', gen_random_uuid(), sha256('') FROM orders AS o, generate_series(1, 2) AS n
                WHERE o.id::text = (\(someOrder))
                """,
            offender: someOrder
        ),
        Bug(
            "a call too many",
            breaks: "I6",
            plant: """
                INSERT INTO finished_jobs (order_id, id, queue, key, shop, input, outcome, attempt, created_at, turns)
                VALUES (gen_random_uuid(), 1, 'shopify-admin-notifications', 'told', 'a.myshopify.com', '', 'done', 1, now(),
                        '{1768755600000000, 1768755600500000, 1768755600900000}')
                """,
            offender: "SELECT to_timestamp(1768755600.9)::text"
        ),
        Bug(
            "a start in a paused queue",
            breaks: "I7",
            plant: """
                INSERT INTO queue_states (queue, paused_at, paused_by) VALUES ('courier-commands', now() - interval '9 s', 'test');
                INSERT INTO jobs (order_id, queue, key, shop, input, state, run_at, lease_until, started_at)
                SELECT id, 'courier-commands', 'book:' || id, shop, '', 'running', now(), now() + interval '1 hour', now()
                FROM orders WHERE id::text = (\(someOrder))
                """,
            offender: someOrder
        ),
        Bug(
            "a job that nobody runs any more",
            breaks: "I8",
            plant: """
                INSERT INTO jobs (order_id, queue, key, shop, input, state, run_at, lease_until)
                SELECT id, 'courier-commands', 'book:' || id, shop, '', 'running', now(), now() - interval '6 s'
                FROM orders WHERE id::text = (\(someOrder))
                """,
            offender: someOrder
        ),
    ]

    private static func verify(_ system: TestSystem, in folder: TestFolder) async throws -> (TerminationStatus?, String) {
        let limit = ["SHOPIFY_ADMIN_NOTIFICATIONS_RATE_MAX": "2", "SHOPIFY_ADMIN_NOTIFICATIONS_RATE_DURATION_MS": "1000"]
        let program = folder.program(
            "ordersctl",
            arguments: ["verify"],
            environment: system.environment.merging(limit) { $1 }.adding("APP_ENV", "test")
        )
        try await program.spawn()
        let status = await program.ended()
        return (status, program.log)
    }

    @Test(arguments: bugs) func `verify names who has a bug that was planted in a live store`(bug: Bug) async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withIngest { client async throws in
                    try await system.withOrchestrators {
                        for number in 0..<40 { #expect(try await WebhookLoad.send(number, to: client).status == 200) }
                        for number in 80..<90 { #expect(try await WebhookLoad.send(number, to: client).status == 200) }
                        try await system.settled()
                    }
                }
                let (sound, before) = try await Self.verify(system, in: folder)
                #expect(sound == .exited(0), "\(before)")
                let offender = try #require(await system.texts(bug.offender).first)
                try await system.execute(bug.plant)
                let (status, after) = try await Self.verify(system, in: folder)
                #expect(status == .exited(1))
                let lines = after.split(separator: "\n").map(String.init)
                let broken = lines.indices.filter { lines[$0].hasPrefix("✗ \(bug.invariant)") }
                #expect(
                    broken.contains { lines[($0 + 1)...].prefix { $0.hasPrefix("   ") }.contains { $0.contains(offender) } },
                    "\(offender) in\n\(after)"
                )
            }
        }
    }
}
