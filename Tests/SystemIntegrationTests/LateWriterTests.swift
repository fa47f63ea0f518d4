import ChaosKit
import EventStore
import Orchestration
import Orders
import Postgres
import TestSystem
import Testing

/// Whoever knew an order before it lost its personal data, and writes after it.
@Suite(.timeLimit(.minutes(5))) struct LateWriterTests {
    private static let shop = "test.myshopify.com"
    private static let redaction =
        #"{"shop_id":1,"shop_domain":"\#(shop)","customer":{"id":7},"orders_to_redact":["1"]}"#

    private static func order(_ second: Int) -> String {
        #"""
        {"id":"1","updated_at":"2026-01-18T18:43:0\#(second)Z","financial_status":"paid","email":"mariam@example.com",
         "customer":{"id":7,"first_name":"Mariam"},"shipping_address":{"name":"Mariam","city":"Cairo"}}
        """#
    }

    private static let subject = OrderID(source: "shopify", shop: shop, refID: "1").uuid

    /// As the first half of a redaction does it: in force, and nobody has been rung for.
    private static func write(_ system: TestSystem) async throws {
        let row = RedactionRow(source: "shopify", shop: shop, scope: .order("1"))
        try await system.pool.withConnection { try RedactionRow.write([row], on: $0) }
    }

    private static let bodies = "SELECT count(*) FROM event_store WHERE convert_from(body, 'UTF8') ILIKE '%mariam%'"

    private static let ended = "SELECT count(*) FROM finished_jobs WHERE key LIKE 'book:%' AND outcome = 'cancelled'"

    @Test func `a courier's answer to a call that was under way when its order was redacted is not kept`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withSandbox(faults: ["book/500"]) { world async throws in
                try await FaultProxy.with(to: TargetAddress(host: "127.0.0.1", port: world.client.port)) { proxy in
                    // A call is under way until its bytes may pass.
                    try await proxy.set(LinkWeather(isBlackHole: true))
                    let settings = [
                        "COURIER_SERVICE_URL": "http://127.0.0.1:\(proxy.port)", "COURIER_CALL_TIMEOUT_MS": "60000",
                        "INTERNAL_BOOKING_EVENTS_DEADLINE_MS": "60000", "QUEUE_DEFAULT_ATTEMPTS": "1",
                    ]
                    try await system.withOrchestrators(settings: world.settings.merging(settings) { $1 }) {
                        try await system.withIngest { client async throws in
                            _ = try await client.send(TestOrder())
                            while try await proxy.connections() == 0 { try await Moment.pass() }
                            #expect(try await system.bookingStates() == ["1 requested"])
                            _ = try await client.shopify(Self.redaction, topic: "customers/redact")
                            while try await system.count("SELECT count(*) FROM orders WHERE shipping_address IS NULL") == 0 {
                                try await Moment.pass()
                            }
                            #expect(try await system.texts("SELECT state FROM jobs") == ["running"])
                            try await proxy.set(.fair)
                            // Nobody wants it any more: its letter ends as soon as it is written.
                            while try await system.count(Self.ended) == 0 { try await Moment.pass() }
                        }
                    }
                }
                let kept = "SELECT last_error FROM finished_jobs WHERE key LIKE 'book:%' AND last_error IS NOT NULL"
                #expect(try await system.texts(kept) == [])
                let answers = "SELECT count(*) FROM finished_jobs WHERE key LIKE 'book:%' AND answer IS NOT NULL"
                #expect(try await system.count(answers) == 0)
                #expect(try await system.texts("SELECT reason FROM bookings") == ["no longer wanted"])
                #expect(try await system.brokenPromises() == [])
            }
        }
    }

    @Test func `no courier is told an address once its redaction is in force`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in _ = try await client.send(TestOrder()) }
            try await system.withOrchestrators { try await system.settled() }
            try await Self.write(system)
            let transaction = BookingTransaction(policy: BookingPolicy(), effects: BookingEffects())
            let report = BookingReport(order: OrderID(Self.subject), attempt: 1)
            let answer = try await system.pool.withConnection { try transaction.run([report], on: $0).answers[0].get() }
            #expect(try #require(answer).projection.shippingAddress == nil)
        }
    }

    @Test func `what comes again of a redacted order, and what was written down beside it, is forgotten again`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators {
                try await system.withIngest(settings: ["COURIER_NATIVE_AUTH": "none"]) { client async throws in
                    let fulfillment = #"""
                        {"id":9,"order_id":"1","status":"success","created_at":"2026-01-18T19:00:00Z",
                         "updated_at":"2026-01-18T19:00:00Z","tracking_company":"Courier","tracking_number":"TRK-1"}
                        """#
                    let callback = #"""
                        {"tracking_number":"TRK-1","status":"shipped","courier":"courier","timestamp":"2026-01-19T08:00:00Z",
                         "note":"Mariam opened"}
                        """#
                    _ = try await client.shopify(Self.order(1))
                    _ = try await client.shopify(fulfillment, topic: "fulfillments/create")
                    _ = try await client.courier(callback)
                    try await system.settled()
                    _ = try await client.shopify(Self.redaction, topic: "customers/redact")
                    try await system.settled()
                    #expect(try await system.count(Self.bodies) == 0)
                    // The same facts under other names, and an edit of somebody who still has the old page open.
                    try await system.execute(
                        """
                        INSERT INTO operator_audit (actor, action, target, before, after, reason, request_id)
                        SELECT 'ann', 'order.edit', 'order:' || id, '{"note":""}', '{"note":"Mariam"}', 'Mariam called', '1'
                        FROM orders;
                        WITH again AS (
                            INSERT INTO event_store
                            SELECT
                                e.subject_id, gen_random_uuid(), e.received_at + interval '1 s', e.subject_kind, e.source, e.shop,
                                e.topic, e.ref_id, gen_random_uuid(), e.fact_id, e.body_hash, e.delivery_id, e.triggered_at,
                                convert_to(regexp_replace(convert_from(e.body, 'UTF8'), '[{]', '{"email":"mariam@example.com",'), 'UTF8')
                            FROM event_store AS e
                            WHERE e.topic <> 'customers/redact'
                            RETURNING *
                        ), known AS (
                            INSERT INTO event_identities SELECT subject_id, identity, event_id, received_at, triggered_at FROM again
                        )
                        INSERT INTO unapplied_events (subject_id, event_id, received_at)
                        SELECT subject_id, event_id, received_at FROM again
                        """
                    )
                    #expect(try await system.count(Self.bodies) == 3)
                    try await system.settled()
                }
            }
            #expect(try await system.count(Self.bodies) == 0)
            #expect(try await system.count("SELECT count(*) FROM operator_audit WHERE operator_audit::text LIKE '%Mariam%'") == 0)
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `an error that an event of a redacted order fails with is not kept`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in _ = try await client.shopify(Self.order(1)) }
            try await system.withOrchestrators { try await system.settled() }
            try await Self.write(system)
            try await system.execute(
                """
                INSERT INTO unapplied_events (subject_id, event_id, received_at)
                SELECT subject_id, event_id, received_at FROM event_store
                """
            )
            try await system.pool.withConnection { connection in
                let event = try #require(try SubjectBatch.firstEvent(of: Self.subject, on: connection)?.event.id)
                try UnappliedTable.postpone(
                    .event,
                    subject: Self.subject,
                    event: event,
                    error: #"bad text "Mariam""#,
                    retryAfterMilliseconds: 1,
                    on: connection
                )
            }
            #expect(try await system.texts("SELECT last_error FROM unapplied_events") == [PersonalData.removedReason])
        }
    }

    @Test func `an error that an event about a redacted customer fails with is not kept`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                let body = #"{"id":7,"email":"mariam@example.com"}"#
                _ = try await client.shopify(body, topic: "customers/create", shop: Self.shop)
            }
            let event = try await system.pool.withConnection { connection in
                let customer = RedactionRow.Scope.customer("gid://shopify/Customer/7")
                try RedactionRow.write([RedactionRow(source: "shopify", shop: Self.shop, scope: customer)], on: connection)
                let subject = ShopID(source: "shopify", shop: Self.shop).uuid
                let event = try #require(try SubjectBatch.firstEvent(of: subject, on: connection))
                try UnappliedTable.postpone(
                    .event,
                    subject: subject,
                    event: event.event.id,
                    error: #"bad text "Mariam""#,
                    retryAfterMilliseconds: 1,
                    on: connection
                )
                return event
            }
            #expect(try await system.texts("SELECT last_error FROM unapplied_events") == [PersonalData.removedReason])
            let isQuarantined = try await system.pool.withConnection { connection in
                let audit = AuditRow(event.event, status: .failed, reason: #"bad text "Mariam""#)
                return try Quarantine.hold(audit, rings: event.rings, on: connection)
            }
            #expect(isQuarantined)
            #expect(try await system.texts("SELECT reason FROM audit_log") == [PersonalData.removedReason])
            #expect(try await system.count(Self.bodies) == 0)
        }
    }

    @Test func `a rebuild between the request and the merge that heeds it forgets everything by itself`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in _ = try await client.shopify(Self.order(1)) }
            try await system.withOrchestrators { try await system.settled() }
            try await system.execute(
                """
                INSERT INTO jobs (order_id, queue, key, shop, input, state, run_at, last_error)
                SELECT id, 'internal-booking-events', 'l', shop, '{}', 'dead', now(), 'Mariam is not at home' FROM orders
                """
            )
            try await Self.write(system)
            let rebuild = Rebuild(pool: system.pool, booking: BookingPolicy())
            _ = try await rebuild.run(dryRun: true)
            #expect(try await system.count(Self.bodies) == 1)
            #expect(try await rebuild.run(dryRun: false).differing == 1)
            #expect(try await system.count(Self.bodies) == 0)
            #expect(try await system.count("SELECT count(*) FROM orders WHERE customer IS NULL") == 1)
            #expect(try await system.count("SELECT count(*) FROM jobs WHERE last_error IS NULL") == 1)
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `a rebuild does not begin while a redaction is being written down`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in _ = try await client.shopify(Self.order(1)) }
            try await system.withOrchestrators { try await system.settled() }
            let writer = try await system.patientConnection()
            try await writer.execute(script: "BEGIN")
            try await writer.execute(script: "SELECT pg_advisory_xact_lock(hashtext('redactions ' || current_schema()))")
            try await writer.execute(
                script:
                    "INSERT INTO redactions (source, shop, ref_id, requested_at) VALUES ('shopify', '\(Self.shop)', '1', now())"
            )
            let rebuild = Rebuild(pool: system.pool, booking: BookingPolicy())
            async let report = rebuild.run(dryRun: false)
            let waiting = """
                SELECT count(*) FROM pg_locks
                WHERE locktype = 'advisory' AND mode = 'ShareLock' AND NOT granted
                    AND objid = (hashtext('redactions ' || current_schema())::bigint & 4294967295)::oid
                """
            while try await system.count(waiting) == 0 { try await Moment.pass() }
            try await writer.execute(script: "COMMIT")
            _ = try await report
            await writer.close()
            #expect(try await system.count(Self.bodies) == 0)
            #expect(try await system.count("SELECT count(*) FROM orders WHERE customer IS NULL") == 1)
        }
    }
}
