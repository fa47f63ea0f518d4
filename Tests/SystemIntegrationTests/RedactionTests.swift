import EventStore
import Orders
import Postgres
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct RedactionTests {
    private static let shop = "test.myshopify.com"

    private static func order(_ id: Int) -> String {
        #"""
        {"id":"\#(id)","updated_at":"2026-01-18T18:43:04Z","financial_status":"paid","email":"mariam@example.com",
         "customer":{"id":7,"first_name":"Mariam"},"shipping_address":{"name":"Mariam","city":"Cairo"}}
        """#
    }

    private static func redaction(of orders: String = "") -> String {
        #"{"shop_id":1,"shop_domain":"\#(shop)"\#(orders)}"#
    }

    private static let redactsOrderOne = redaction(of: #","customer":{"id":7},"orders_to_redact":["1"]"#)

    /// Rows that still say who ordered.
    private static let traces = """
        SELECT
            (SELECT count(*) FROM orders WHERE customer IS NOT NULL OR shipping_address IS NOT NULL
                OR convert_from(state, 'UTF8') ILIKE '%mariam%')
            + (SELECT count(*) FROM event_store WHERE convert_from(body, 'UTF8') ILIKE '%mariam%')
        """

    @Test func `a whole shop is forgotten page by page`() async throws {
        let orders = Int(RedactionRow.pageOrders) + 100
        try await TestSystem.with { system async throws in
            let headers = ShopifyHeaders(topic: "orders/paid", shopDomain: Self.shop, webhookID: "w", triggeredAt: nil)
            let events = try (1...orders).map { number in
                try IncomingEvent.shopify(
                    headers,
                    body: Array(Self.order(number).utf8),
                    receivedAt: TestClock.now(),
                    defaultShop: Self.shop
                )
            }
            for start in stride(from: 0, to: orders, by: 200) {
                let batch = Array(events[start..<min(start + 200, orders)])
                _ = try await system.pool.withConnection { try EventAppend.append(batch, on: $0) }
            }
            // How many rows one statement rings for.
            try await system.notePages("INSERT ON unapplied_events")
            try await system.withOrchestrators(2) {
                try await system.settled()
                try await system.withIngest { client async throws in
                    _ = try await client.shopify(Self.redaction(), topic: "shop/redact", shop: Self.shop)
                    try await system.settled()
                    // What comes afterwards is forgotten as well, and what is known is still known.
                    _ = try await client.shopify(Self.order(orders + 1), topic: "orders/paid", webhookID: "w", shop: Self.shop)
                    let again = try await client.shopify(
                        Self.order(1),
                        topic: "orders/paid",
                        webhookID: "w",
                        shop: Self.shop
                    )
                    #expect(again.field("status") == "duplicate")
                    try await system.settled()
                }
            }
            #expect(try await system.count(Self.traces) == 0)
            #expect(try await system.count("SELECT count(*) FROM orders WHERE version = 1") == Int64(orders) + 1)
            #expect(try await system.count("SELECT max(size) FROM pages") == Int64(RedactionRow.pageOrders))
            #expect(try await system.count("SELECT count(*) FROM redactions WHERE is_rung") == 1)
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `an order is forgotten although the month of its first event was dropped`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators {
                try await system.withIngest { client async throws in
                    for second in 4...5 {
                        let body = Self.order(1).replacing("18:43:04Z", with: "18:43:0\(second)Z")
                        _ = try await client.shopify(body, topic: "orders/paid", shop: Self.shop)
                    }
                    try await system.settled()
                    // The one that would ring.
                    try await system.execute(
                        """
                        CREATE TABLE gone AS SELECT event_id FROM audit_log ORDER BY fact_id LIMIT 1;
                        UPDATE event_identities SET received_at = '2020-02-03' WHERE event_id IN (TABLE gone);
                        UPDATE audit_log SET received_at = '2020-02-03' WHERE event_id IN (TABLE gone);
                        DELETE FROM event_store WHERE event_id IN (TABLE gone)
                        """
                    )
                    _ = try await client.shopify(Self.redactsOrderOne, topic: "customers/redact", shop: Self.shop)
                    try await system.settled()
                }
            }
            #expect(try await system.count(Self.traces) == 0)
            #expect(try await system.brokenPromises() == [])
        }
    }

    /// As the month was, from the outside.
    private static let dropAll = """
        UPDATE event_identities SET received_at = '2020-02-03';
        UPDATE audit_log SET received_at = '2020-02-03';
        DELETE FROM event_store
        """

    @Test(arguments: [1, 2])
    func `an order of which every event was dropped is forgotten where it stands`(requests: Int) async throws {
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators {
                try await system.withIngest { client async throws in
                    _ = try await client.shopify(Self.order(1), topic: "orders/paid", shop: Self.shop)
                    try await system.settled()
                    try await system.execute(Self.dropAll)
                    try await system.execute(
                        """
                        INSERT INTO jobs (order_id, queue, key, shop, input, state, run_at, last_error, last_answer)
                        SELECT id, 'internal-booking-events', 'l', shop, '{}', 'dead', now(), 'Mariam is not at home', 'Mariam'
                        FROM orders;
                        INSERT INTO audit_log (subject_id, fact_id, event_id, order_id, source, topic, status, reason, received_at)
                        SELECT id, gen_random_uuid(), gen_random_uuid(), id, 'shopify', 't', 'failed', 'bad text "Mariam"', now()
                        FROM orders
                        """
                    )
                    _ = try await client.shopify(Self.redactsOrderOne, topic: "customers/redact", shop: Self.shop)
                    try await system.settled()
                    // A second request finds nothing left to do, and waits for nothing either.
                    if requests == 2 { _ = try await client.shopify(Self.redaction(), topic: "shop/redact", shop: Self.shop) }
                    try await system.settled()
                }
            }
            #expect(try await system.count(Self.traces) == 0)
            let words = "SELECT count(*) FROM jobs WHERE last_error IS NOT NULL OR last_answer IS NOT NULL"
            #expect(try await system.count(words) == 0)
            #expect(try await system.count("SELECT count(*) FROM audit_log WHERE reason ILIKE '%mariam%'") == 0)
            #expect(try await system.count("SELECT count(*) FROM redactions WHERE NOT is_rung") == 0)
            #expect(try await system.orders().map(\.version) == [1])
            #expect(try await system.orders().map(\.isQuarantined) == [false])
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test(arguments: [true, false])
    func `an order that can neither be read nor folded anew is forgotten all the same, and held`(isAllGone: Bool) async throws {
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators {
                try await system.withIngest { client async throws in
                    for second in 4...5 {
                        let body = Self.order(1).replacing("18:43:04Z", with: "18:43:0\(second)Z")
                        _ = try await client.shopify(body, topic: "orders/paid", webhookID: "\(second)", shop: Self.shop)
                    }
                    try await system.settled()
                    let gone = isAllGone ? "" : "WHERE event_id = (SELECT event_id FROM audit_log WHERE delivery_id = '4')"
                    try await system.execute(
                        """
                        UPDATE event_identities SET received_at = '2020-02-03' \(gone);
                        UPDATE audit_log SET received_at = '2020-02-03' \(gone);
                        DELETE FROM event_store \(gone);
                        UPDATE orders SET state = 'rotten Mariam'
                        """
                    )
                    _ = try await client.shopify(Self.redactsOrderOne, topic: "customers/redact", shop: Self.shop)
                    try await system.settled()
                }
            }
            #expect(try await system.count(Self.traces) == 0)
            #expect(try await system.orders().map(\.version) == [isAllGone ? 0 : 1])
            #expect(try await system.orders().map(\.isQuarantined) == [true])
            #expect(try await system.brokenPromises() == [])
            let held = try await system.pool.withConnection { connection in
                let held = try Quarantine.list(limit: 10, on: connection)
                try connection.transaction { _ = try Quarantine.release(held.map(\.subjectID), in: &$0) }
                return held
            }
            #expect(held.map(\.refID) == ["1"] && held.allSatisfy { $0.event == nil })
            #expect(try await system.orders().map(\.isQuarantined) == [false])
        }
    }

    @Test func `a customer with very many orders is forgotten page by page`() async throws {
        let page = Int(RedactionRow.pageOrders)
        let orders = 2 * page + 100
        try await TestSystem.with { system async throws in
            // How many rows one statement writes down or rings for.
            try await system.notePages("INSERT ON unapplied_events", "INSERT ON redactions")
            try await system.execute(
                """
                INSERT INTO orders (id, source, shop, ref_id, customer)
                SELECT gen_random_uuid(), 'shopify', '\(Self.shop)', n::text, '{"name":"Mariam"}'
                FROM generate_series(3, \(orders)) AS n;
                INSERT INTO event_store (subject_id, event_id, received_at, subject_kind, source, shop, topic, ref_id, identity, fact_id,
                    body_hash, body)
                SELECT id, gen_random_uuid(), now(), 'order', source, shop, 'orders/paid', ref_id, gen_random_uuid(), gen_random_uuid(),
                    sha256('x'), convert_to('{"id":"' || ref_id || '","updated_at":"2026-01-18T18:43:04Z"}', 'UTF8')
                FROM orders;
                INSERT INTO audit_log (subject_id, fact_id, event_id, order_id, source, topic, status, reason, received_at)
                SELECT subject_id, fact_id, event_id, subject_id, source, topic, 'failed', 'x', received_at FROM event_store
                """
            )
            try await system.withIngest { client async throws in
                for number in 1...2 { _ = try await client.shopify(Self.order(number), topic: "orders/paid", shop: Self.shop) }
                let ids = (1...orders).map { "\($0)" }.joined(separator: ",")
                let request = Self.redaction(
                    of: #","customer":{"id":7,"email":"mariam@example.com"},"orders_to_redact":[\#(ids)]"#
                )
                _ = try await client.shopify(request, topic: "customers/redact", shop: Self.shop)
                try await system.withOrchestrators {
                    while try await system.count("SELECT count(*) FROM redactions WHERE is_rung") < Int64(orders) {
                        try await Moment.pass()
                    }
                    let redacted = "SELECT count(*) FROM audit_log WHERE topic = 'customers/redact' AND status = 'processed'"
                    while try await system.count(redacted) == 0 { try await Moment.pass() }
                    // The orders that were rung for are merged by any lane.
                    let named = "SELECT count(*) FROM event_store WHERE convert_from(body, 'UTF8') ILIKE '%mariam%'"
                    while try await system.count(named) > 0 { try await Moment.pass() }
                }
            }
            for table in ["redactions", "unapplied_events"] {
                #expect(try await system.count("SELECT max(size) FROM pages WHERE table_name = '\(table)'") == Int64(page))
                #expect(try await system.count("SELECT count(*) FROM pages WHERE table_name = '\(table)' AND size > 90") == 3)
            }
        }
    }

    @Test func `a redaction is not in force before every merge that has not seen it has ended`() async throws {
        try await TestSystem.with { system async throws in
            // A worker that has looked whether its order is redacted, and has not written it yet.
            let worker = try await system.patientConnection()
            let subject = OrderID(source: "shopify", shop: Self.shop, refID: "1").uuid
            try await system.withOrchestrators {
                try await system.withIngest { client async throws in
                    try await worker.execute(script: "BEGIN")
                    try await worker.execute(
                        script: "SELECT pg_advisory_xact_lock_shared(hashtext('redactions ' || current_schema()))"
                    )
                    try await worker.execute(
                        script: """
                            INSERT INTO orders (id, source, shop, ref_id, customer)
                            VALUES ('\(subject)', 'shopify', '\(Self.shop)', '1', '{"name":"Mariam"}')
                            """
                    )
                    _ = try await client.shopify(Self.redactsOrderOne, topic: "customers/redact", shop: Self.shop)
                    let waiting = """
                        SELECT count(*) FROM pg_locks
                        WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND NOT granted
                            AND objid = (hashtext('redactions ' || current_schema())::bigint & 4294967295)::oid
                        """
                    while try await system.count(waiting) == 0 { try await Moment.pass() }
                    #expect(try await system.count("SELECT count(*) FROM redactions") == 0)
                    try await worker.execute(script: "COMMIT")
                    try await system.settled()
                }
            }
            await worker.close()
            #expect(try await system.count("SELECT count(*) FROM redactions WHERE is_rung AND ref_id = '1'") == 1)
        }
    }

    @Test func `a merge does not begin while a redaction is being written down`() async throws {
        try await TestSystem.with { system async throws in
            let writer = try await system.patientConnection()
            try await writer.execute(script: "BEGIN")
            try await writer.execute(script: "SELECT pg_advisory_xact_lock(hashtext('redactions ' || current_schema()))")
            try await writer.execute(
                script:
                    "INSERT INTO redactions (source, shop, ref_id, requested_at) VALUES ('shopify', '\(Self.shop)', '1', now())"
            )
            try await system.withOrchestrators {
                try await system.withIngest { client async throws in
                    _ = try await client.shopify(Self.order(1), topic: "orders/paid", shop: Self.shop)
                    let waiting = """
                        SELECT count(*) FROM pg_locks
                        WHERE locktype = 'advisory' AND mode = 'ShareLock' AND NOT granted
                            AND objid = (hashtext('redactions ' || current_schema())::bigint & 4294967295)::oid
                        """
                    while try await system.count(waiting) == 0 { try await Moment.pass() }
                    #expect(try await system.count("SELECT count(*) FROM orders") == 0)
                    try await writer.execute(script: "COMMIT")
                    try await system.settled()
                }
            }
            await writer.close()
            #expect(try await system.count(Self.traces) == 0)
            #expect(try await system.orders().map(\.version) == [1])
        }
    }

    @Test func `what is kept beside an order is forgotten with it`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators {
                try await system.withIngest { client async throws in
                    for id in [1, 2] { _ = try await client.shopify(Self.order(id), topic: "orders/paid", shop: Self.shop) }
                    try await system.settled()
                    try await system.execute(
                        """
                        INSERT INTO finished_jobs (order_id, id, queue, key, shop, input, outcome, attempt, last_error, answer, created_at)
                        SELECT id, 1, 'internal-booking-events', 'k', shop, '{}', 'done', 1, 'Mariam is not at home', 'Mariam', now()
                        FROM orders;
                        INSERT INTO jobs (order_id, queue, key, shop, input, state, run_at, last_error, last_answer)
                        SELECT id, 'internal-booking-events', 'l', shop, '{}', 'dead', now(), 'Mariam is not at home', 'Mariam'
                        FROM orders;
                        INSERT INTO bookings (order_id, attempt, state, reference, destination_hash, reason)
                        SELECT id, 1, 'rejected', gen_random_uuid(), sha256('Mariam'), 'nobody called Mariam' FROM orders;
                        INSERT INTO operator_audit (actor, action, target, before, after, reason, request_id)
                        SELECT 'ann', 'edit', 'order:' || id, '{"note":""}', '{"note":"Mariam"}', 'Mariam called', '1' FROM orders;
                        INSERT INTO audit_log (subject_id, fact_id, event_id, order_id, source, topic, status, reason, received_at)
                        SELECT id, gen_random_uuid(), gen_random_uuid(), id, 'shopify', 't', 'failed', 'bad text "Mariam"', now()
                        FROM orders
                        """
                    )
                    _ = try await client.shopify(Self.redactsOrderOne, topic: "customers/redact", shop: Self.shop)
                    while try await system.count("SELECT count(*) FROM redactions WHERE is_rung") == 0 { try await Moment.pass() }
                    while try await system.count("SELECT count(*) FROM orders WHERE customer IS NULL") == 0 {
                        try await Moment.pass()
                    }
                }
            }
            for table in ["finished_jobs", "jobs", "bookings", "operator_audit", "audit_log"] {
                let order = table == "operator_audit" ? "substr(target, 7)::uuid" : "order_id"
                let traces = """
                    SELECT o.ref_id FROM \(table) AS t JOIN orders AS o ON o.id = t.\(order)
                    WHERE t::text ILIKE '%mariam%' OR t::text ILIKE '%' || encode('Mariam', 'hex') || '%'
                        OR t::text LIKE '%' || encode(sha256('Mariam'), 'hex') || '%'
                    """.replacing("t.substr", with: "substr")
                #expect(try await system.texts(traces) == ["2"], "\(table)")
            }
        }
    }

    @Test func `an event that cannot be merged does not keep what its order has to forget`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                for number in 1...2 {
                    _ = try await client.shopify(Self.order(number), topic: "orders/paid", shop: Self.shop)
                }
                try await system.execute("UPDATE event_store SET body = 'Mariam' WHERE ref_id = '1'")
                try await system.withOrchestrators(settings: ["ORCHESTRATOR_RETRY_MS": "1"]) {
                    try await system.settled()
                    _ = try await client.shopify(Self.redaction(), topic: "shop/redact", shop: Self.shop)
                    try await system.settled()
                }
            }
            #expect(try await system.count(Self.traces) == 0)
            #expect(try await system.orders().map(\.isQuarantined) == [true, false])
            #expect(try await system.brokenPromises() == [])
        }
    }
}
