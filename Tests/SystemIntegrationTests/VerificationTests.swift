import EventStore
import Orchestration
import Orders
import Postgres
import Queues
import TestSystem
import Testing

/// Every check of `ordersctl verify` finds what it is for, in a store that was whole before.
@Suite(.timeLimit(.minutes(5))) struct VerificationTests {
    /// A fault that no process of ours makes, and what must be said of it.
    struct Fault: Sendable, CustomTestStringConvertible {
        var invariant: String
        var promise: String
        var sql: String
        var testDescription: String { "\(invariant) \(promise)" }
    }

    /// Of the order 3: not the first of the change log, so that nobody takes it for pruned.
    private static let third = "(SELECT id FROM orders WHERE ref_id = '3')"
    private static let job = "INSERT INTO jobs (order_id, queue, key, shop, input, state, run_at, started_at, lease_until)"

    static let faults = [
        Fault(
            invariant: "I1",
            promise: "every stored event is audited exactly once, or waits to be merged",
            sql: "DELETE FROM audit_log WHERE subject_id = \(third)"
        ),
        Fault(
            invariant: "I1",
            promise: "every accepted identity has its event, and every event its identity",
            sql: "DELETE FROM event_store WHERE subject_id = \(third)"
        ),
        Fault(
            invariant: "I1",
            promise: "every accepted identity has its event, and every event its identity",
            sql: "DELETE FROM event_identities WHERE subject_id = \(third)"
        ),
        Fault(
            invariant: "I1",
            promise: "every event that waits is in the store",
            sql: "INSERT INTO unapplied_events (subject_id, event_id, received_at) SELECT \(third), gen_random_uuid(), now()"
        ),
        Fault(
            invariant: "I2",
            promise: "the state of every order equals the pure fold over its events",
            sql: """
                UPDATE orders SET state = convert_to(replace(convert_from(state, 'UTF8'), 'paid', 'pending'), 'UTF8')
                WHERE ref_id = '3'
                """
        ),
        Fault(
            invariant: "I2",
            promise: "the state of every order equals the pure fold over its events",
            sql: "UPDATE orders SET state_hash = sha256('another') WHERE ref_id = '3'"
        ),
        Fault(
            invariant: "I2",
            promise: "every order of which an event has ended is there",
            sql: "DELETE FROM orders WHERE ref_id = '3'"
        ),
        Fault(
            invariant: "I2",
            promise: "every order, and every parcel of it, is shown as its state says",
            sql: "UPDATE orders SET payment_status = 'cancelled', total_price = 99 WHERE ref_id = '3'"
        ),
        Fault(
            invariant: "I2",
            promise: "every order, and every parcel of it, is shown as its state says",
            sql: "DELETE FROM shipments WHERE order_id = \(third)"
        ),
        Fault(
            invariant: "I3",
            promise: "versions in the change feed only go up",
            sql: "INSERT INTO order_changes (order_id, version) SELECT id, 0 FROM orders WHERE ref_id = '3'"
        ),
        Fault(
            invariant: "I3",
            promise: "the newest change of every order carries its version",
            sql: "DELETE FROM order_changes WHERE order_id = \(third)"
        ),
        Fault(
            invariant: "I3",
            promise: "the newest change of every order carries its version",
            sql: "UPDATE orders SET version = version + 1 WHERE ref_id = '3'"
        ),
        Fault(
            invariant: "I4",
            promise: "every order has at most one active booking",
            sql: """
                DROP INDEX bookings_active_key;
                INSERT INTO bookings (order_id, attempt, state, reference, destination_hash)
                SELECT \(third), n, 'claimed', gen_random_uuid(), sha256('') FROM generate_series(1, 2) AS n
                """
        ),
        Fault(
            invariant: "I4",
            promise: "every label of a booking is a parcel of its order",
            sql: """
                INSERT INTO bookings (order_id, attempt, state, reference, destination_hash, courier, tracking_number)
                VALUES (\(third), 1, 'booked', gen_random_uuid(), sha256(''), 'bosta', 'T1')
                """
        ),
        Fault(
            invariant: "I4",
            promise: "every effect was made once",
            sql: """
                INSERT INTO finished_jobs (order_id, id, queue, key, shop, input, outcome, attempt, created_at)
                SELECT \(third), n, 'courier-commands', 'k', 'a', '', 'done', 1, now() FROM generate_series(1, 2) AS n
                """
        ),
        Fault(
            invariant: "I5",
            promise: "no stock is negative, and what is left and what was ordered are all there ever was",
            sql: "INSERT INTO products (name, price, stock, stock_received) VALUES ('Lamp', 1, 4, 5)"
        ),
        Fault(
            invariant: "I5",
            promise: "every order of the storefront is an event, and every such event an order",
            sql: """
                INSERT INTO products (name, price, stock, stock_received) VALUES ('Lamp', 1, 4, 5);
                INSERT INTO storefront_orders (id, product_id, quantity, price, order_id, created_at)
                SELECT 1, p.id, 1, 1, gen_random_uuid(), e.received_at
                FROM products AS p, (SELECT max(received_at) AS received_at FROM event_store) AS e
                """
        ),
        Fault(
            invariant: "I6",
            promise: "in every window of the last day, no queue made more calls than its limit allows",
            sql: """
                INSERT INTO finished_jobs (order_id, id, queue, key, shop, input, outcome, attempt, created_at, turns)
                SELECT \(third), n, 'shopify-admin-notifications', 'k' || n, 'a', '', 'done', 1, now(), ARRAY[n * 1000]
                FROM generate_series(1, 3) AS n
                """
        ),
        Fault(
            invariant: "I7",
            promise: "nothing was started in a queue that is paused",
            sql: """
                INSERT INTO queue_states (queue, paused_at) VALUES ('courier-commands', now() - interval '1 minute');
                \(job) VALUES (\(third), 'courier-commands', 'k', 'a', '', 'running', now(), now(), now() + interval '1 minute')
                """
        ),
        Fault(
            invariant: "I8",
            promise: "no job is left running after its lease",
            sql: """
                \(job) VALUES (
                    \(third), 'courier-commands', 'k', 'a', '', 'running', now(), now() - interval '1 hour', now() - interval '6 s')
                """
        ),
    ]

    private static let limits = [Queue.notifications: RateLimit(maxStarts: 2, window: .seconds(1))]

    /// Five orders of two events each.
    private func withOrders(_ body: (TestSystem) async throws -> Void) async throws {
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators {
                try await system.withIngest { client async throws in
                    for order in 1...5 {
                        for second in 1...2 {
                            let parcel = #""fulfillments":[{"id":9,"tracking_company":"Courier","tracking_number":"T\#(order)"}]"#
                            let body =
                                #"{"id":"\#(order)","updated_at":"2026-01-18T18:43:0\#(second)Z","financial_status":"paid",\#(parcel)}"#
                            _ = try await client.shopify(body)
                            try await system.settled()
                        }
                    }
                }
            }
            #expect(try await system.brokenPromises(limits: Self.limits) == [])
            try await body(system)
        }
    }

    @Test(arguments: faults) func `a planted fault is found and named`(fault: Fault) async throws {
        try await withOrders { system async throws in
            try await system.execute(fault.sql)
            let findings = try await Verification(pool: system.pool, limits: Self.limits).run()
            let finding = findings.first { $0.invariant == fault.invariant && $0.promise == fault.promise }
            #expect(finding?.offenders.isEmpty == false)
        }
    }

    @Test func `every check has a planted fault`() async throws {
        try await TestSystem.with { system async throws in
            let findings = try await Verification(pool: system.pool).run()
            #expect(Set(findings.map(\.promise)) == Set(Self.faults.map(\.promise)))
        }
    }

    static let losses = [
        "DELETE FROM orders WHERE ref_id = '3'", "TRUNCATE orders", "TRUNCATE orders, shipments", "DELETE FROM shipments",
        "UPDATE orders SET payment_status = 'cancelled', total_price = 99, state = 'rotten'",
    ]

    @Test(arguments: losses) func `what is lost of the projections one rebuild brings back`(loss: String) async throws {
        try await withOrders { system async throws in
            let orders = "SELECT (to_jsonb(o) - 'updated_at' - 'created_at')::text FROM orders AS o ORDER BY id"
            let shipments = "SELECT to_jsonb(s)::text FROM shipments AS s ORDER BY waybill_id"
            let before = [try await system.texts(orders), try await system.texts(shipments)]
            try await system.execute(loss)
            let rebuild = Rebuild(pool: system.pool, booking: .init())
            let foreseen = try await rebuild.run(dryRun: true)
            #expect(try await system.brokenPromises().contains { $0.hasPrefix("I2") })
            let report = try await rebuild.run(dryRun: false)
            #expect(report == foreseen && report.differing > 0)
            #expect([try await system.texts(orders), try await system.texts(shipments)] == before)
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `a callback that comes while its parcel is lost is joined by one rebuild`() async throws {
        try await withOrders { system async throws in
            try await system.execute("DELETE FROM shipments")
            try await system.withOrchestrators {
                try await system.withIngest(settings: ["COURIER_NATIVE_AUTH": "none"]) { client async throws in
                    let callback =
                        #"{"tracking_number":"T3","status":"delivered","courier":"courier","timestamp":"2026-01-20T08:00:00Z"}"#
                    _ = try await client.courier(callback)
                    try await system.settled()
                }
            }
            #expect(try await system.count("SELECT count(*) FROM audit_log WHERE status = 'parked'") == 1)
            _ = try await Rebuild(pool: system.pool, booking: .init()).run(dryRun: false)
            #expect(try await system.order("3")?.orderStatus == "DELIVERED")
            #expect(try await system.count("SELECT count(*) FROM audit_log WHERE status = 'parked'") == 0)
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `an order whose row is lost does not begin anew with its next event`() async throws {
        try await withOrders { system async throws in
            try await system.execute("DELETE FROM orders WHERE ref_id = '3'")
            try await system.withOrchestrators {
                try await system.withIngest { client async throws in
                    let refund = #"{"id":"7","order_id":"3","created_at":"2026-01-19T08:00:00Z"}"#
                    _ = try await client.shopify(refund, topic: "refunds/create")
                    try await system.settled()
                }
            }
            #expect(try await system.order("3")?.version == 3)
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `a pruned change log breaks no promise, and what was not checked is said`() async throws {
        try await withOrders { system async throws in
            // The changes of the first four orders are older than the log.
            try await system.execute(
                """
                DELETE FROM order_changes WHERE order_id <> (SELECT id FROM orders WHERE ref_id = '5');
                UPDATE order_changes SET changed_at = now() + interval '1 hour'
                """
            )
            let findings = try await Verification(pool: system.pool).run()
            #expect(findings.filter { !$0.holds } == [])
            let pruned = findings.compactMap(\.unchecked)
            #expect(pruned == ["4 orders whose changes are older than the change log"])
        }
    }

    @Test func `a dropped month breaks no promise, is not rung for, and its orders stay as they are`() async throws {
        try await withOrders { system async throws in
            // An event of a month that is gone, of an order that goes on; and one that nobody had merged.
            try await system.execute(
                """
                UPDATE event_identities SET received_at = '2020-02-03' WHERE subject_id = \(Self.third);
                UPDATE audit_log SET received_at = '2020-02-03' WHERE subject_id = \(Self.third);
                DELETE FROM event_store WHERE subject_id = \(Self.third)
                """
            )
            var findings = try await Verification(pool: system.pool).run()
            #expect(findings.filter { !$0.holds } == [])
            #expect(findings.compactMap(\.unchecked).count == 2)
            let before = try await system.order("3")
            let report = try await Rebuild(pool: system.pool, booking: .init()).run(dryRun: false)
            #expect(report.incomplete == 1 && report.differing == 0)
            // A redaction and a fact that dates another would fold it anew.
            try await system.withOrchestrators {
                try await system.withIngest { client async throws in
                    let body = #"{"id":"3","updated_at":"2026-01-18T18:43:09Z","financial_status":"refunded"}"#
                    _ = try await client.shopify(body)
                    try await system.settled()
                    let redaction =
                        #"{"shop_id":1,"shop_domain":"test.myshopify.com","customer":{"id":7},"orders_to_redact":["3"]}"#
                    _ = try await client.shopify(redaction, topic: "customers/redact")
                    while try await system.count("SELECT count(*) FROM redactions WHERE is_rung") == 0 { try await Moment.pass() }
                }
                #expect(try await system.order("3")?.version == (before?.version ?? 0) + 1)
                try await system.execute(
                    """
                    INSERT INTO unapplied_events (subject_id, event_id, received_at)
                    SELECT \(Self.third), gen_random_uuid(), '2020-02-03'
                    """
                )
                let aside = "SELECT count(*) FROM unapplied_events WHERE retry_at = 'infinity'"
                while try await system.count(aside) == 0 { try await Moment.pass() }
            }
            findings = try await Verification(pool: system.pool).run()
            #expect(findings.filter { !$0.holds }.map(\.promise) == ["every event that waits is in the store"])
        }
    }
}
