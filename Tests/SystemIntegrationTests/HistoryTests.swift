import EventStore
import FoundationEssentials
import Orchestration
import Orders
import Postgres
import TestSystem
import Testing

/// Orders that are folded anew, whatever is wrong with one of their events and however many there are.
@Suite(.timeLimit(.minutes(5))) struct HistoryTests {
    private static func order(_ second: Int, _ more: String = "") -> String {
        #"{"id":"1","updated_at":"2026-01-18T18:43:0\#(second)Z","financial_status":"paid"\#(more)}"#
    }

    private static let fulfillment = #"""
        {"id":9,"order_id":"1","status":"success","created_at":"2026-01-18T19:00:00Z","updated_at":"2026-01-18T19:00:00Z",
         "tracking_company":"Courier","tracking_number":"TRK-1","tracking_numbers":["TRK-1"],"shipment_status":null}
        """#

    @Test func `an event that cannot be read when its order is folded anew is set aside, and the rest counts`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators(settings: ["ORCHESTRATOR_RETRY_MS": "1"]) {
                try await system.withIngest { client async throws in
                    for second in 1...3 { _ = try await client.shopify(Self.order(second), webhookID: "\(second)") }
                    try await system.settled()
                    try await system.execute("UPDATE event_store SET body = 'rotten' WHERE delivery_id = '1'")
                    let early = ["X-Shopify-Triggered-At": "2026-01-18T18:43:01Z"]
                    _ = try await client.shopify(Self.order(3), webhookID: "3", more: early)
                    try await system.settled()
                }
            }
            let order = try await system.order("1")
            #expect(order?.version == 2)
            #expect(order?.isQuarantined == true)
            let failed = "SELECT delivery_id || ' ' || (reason LIKE 'could not be read%') FROM audit_log WHERE status = 'failed'"
            #expect(try await system.texts(failed) == ["1 true"])
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `a callback that cannot be read does not keep its order from the parcel`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators(settings: ["ORCHESTRATOR_RETRY_MS": "1"]) {
                try await system.withIngest(settings: ["COURIER_NATIVE_AUTH": "none"]) { client async throws in
                    for status in ["shipped", "delivered"] {
                        let time = status == "shipped" ? "2026-01-19T08:00:00Z" : "2026-01-20T08:00:00Z"
                        _ = try await client.courier(
                            #"{"tracking_number":"TRK-1","status":"\#(status)","courier":"courier","timestamp":"\#(time)"}"#
                        )
                    }
                    try await system.settled()
                    try await system.execute(
                        "UPDATE event_store SET body = 'rotten' WHERE convert_from(body, 'UTF8') LIKE '%delivered%'"
                    )
                    _ = try await client.shopify(Self.order(1))
                    _ = try await client.shopify(Self.fulfillment, topic: "fulfillments/create")
                    try await system.settled()
                }
            }
            let order = try await system.order("1")
            #expect(order?.orderStatus == "SHIPPED")
            #expect(order?.isQuarantined == true)
            #expect(try await system.count("SELECT count(*) FROM audit_log WHERE status = 'failed' AND source = 'courier'") == 1)
            #expect(try await system.brokenPromises() == [])
        }
    }

    /// Rotten, and of another version of the program.
    private static let illegible = ["rotten", #"{"version":"one"}"#, #"{"snapshot":{"time_source":"moon"},"version":1}"#]

    private static let refolds = "SELECT count(*) FROM audit_log WHERE reason LIKE '%folded anew from its events'"

    private static func callback(_ status: String, day: Int) -> String {
        #"{"tracking_number":"TRK-1","status":"\#(status)","courier":"courier","timestamp":"2026-01-\#(day)T08:00:00Z"}"#
    }

    @Test(arguments: illegible)
    func `an order whose registers cannot be read is folded anew from its events, and says so once`(state: String) async throws {
        // A word of the courier finds its order like one of the shop.
        let isByCallback = state == "rotten"
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators(settings: ["ORCHESTRATOR_RETRY_MS": "1"]) {
                try await system.withIngest(settings: ["COURIER_NATIVE_AUTH": "none"]) { client async throws in
                    _ = try await client.shopify(Self.order(1), webhookID: "1")
                    _ = try await client.shopify(Self.fulfillment, topic: "fulfillments/create")
                    _ = try await client.courier(Self.callback("shipped", day: 20))
                    try await system.settled()
                    try await system.execute("UPDATE orders SET state = '\(state)'")
                    if isByCallback {
                        _ = try await client.courier(Self.callback("delivered", day: 21))
                    } else {
                        _ = try await client.shopify(Self.order(2), webhookID: "2")
                    }
                    try await system.settled()
                    #expect(try await system.count(Self.refolds) == 1)
                    #expect(try await system.brokenPromises() == [])
                    _ = try await client.shopify(Self.order(3), webhookID: "3")
                    try await system.settled()
                }
            }
            let order = try await system.order("1")
            #expect(order?.orderStatus == (isByCallback ? "DELIVERED" : "SHIPPED"))
            #expect(order?.version == 5)
            #expect(order?.isQuarantined == false)
            #expect(try await system.count(Self.refolds) == 1)
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `an order whose registers can neither be read nor folded anew is quarantined alone`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators(settings: ["ORCHESTRATOR_RETRY_MS": "1", "ORCHESTRATOR_MAX_ATTEMPTS": "2"]) {
                try await system.withIngest { client async throws in
                    func send(_ second: Int) async throws {
                        let body = Self.order(second)
                        _ = try await client.shopify(body)
                        _ = try await client.shopify(body.replacing(#"{"id":"1""#, with: #"{"id":"2""#))
                    }
                    try await send(1)
                    try await system.settled()
                    // Its month was dropped.
                    try await system.execute(
                        "UPDATE orders SET state = 'rotten' WHERE ref_id = '1'; DELETE FROM event_store WHERE ref_id = '1'"
                    )
                    try await send(2)
                    try await system.settled()
                }
            }
            #expect(try await system.orders().map(\.isQuarantined) == [true, false])
            #expect(try await system.orders().map(\.version) == [1, 2])
            #expect(try await system.texts("SELECT convert_from(state, 'UTF8') FROM orders WHERE ref_id = '1'") == ["rotten"])
            #expect(try await system.count(Self.refolds) == 0)
            // Nor does it keep others from being folded anew when a courier's word gets another meaning.
            let ids = try await system.texts("SELECT id::text FROM orders ORDER BY ref_id").map {
                OrderID(try #require(UUID(uuidString: $0)))
            }
            let refold = Refold(pool: system.pool, booking: BookingPolicy(), effects: BookingEffects(isOn: false))
            #expect(try await refold.run(ids) == (0, [ids[0]]))
        }
    }

    @Test func `a job whose order cannot be read has it folded anew, and goes on`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withSandbox { world async throws in
                let settings = world.settings.merging(["BOOKING_SETTLE_MS": "5000", "QUEUE_DEFAULT_BACKOFF_MS": "500"]) { $1 }
                try await system.withOrchestrators(settings: settings) {
                    try await system.withIngest { client async throws in
                        _ = try await client.send(TestOrder())
                        while try await system.bookingStates() != ["1 claimed"] { try await Moment.pass() }
                        try await system.execute("UPDATE orders SET state = 'rotten'")
                        try await system.drained()
                    }
                }
                #expect(try await system.bookingStates() == ["1 booked"])
                #expect(world.complaints == [])
                #expect(try await system.brokenPromises() == [])
            }
        }
    }

    /// Their month was dropped, and nobody can read what the order was.
    private static let lose = """
        CREATE TABLE gone AS SELECT * FROM event_store;
        DELETE FROM event_store;
        UPDATE orders SET state = 'rotten'
        """

    @Test func `a ring for an order that can neither be read nor folded anew rests, and mends it when its events are back`()
        async throws
    {
        try await TestSystem.with { system async throws in
            let settings = [
                "ORCHESTRATOR_RETRY_MS": "1", "ORCHESTRATOR_MAX_ATTEMPTS": "2", "RELAY_INTERVAL_MS": "10", "RELAY_AFTER_MS": "10",
            ]
            try await system.withOrchestrators(settings: settings) {
                try await system.withIngest { client async throws in
                    for second in 1...2 { _ = try await client.shopify(Self.order(second)) }
                    try await system.settled()
                    try await system.execute(Self.lose)
                    let order = OrderID(source: "shopify", shop: "test.myshopify.com", refID: "1").uuid
                    try await system.pool.withConnection { try UnappliedTable.ring([order], on: $0) }
                    while try await system.count("SELECT count(*) FROM unapplied_events WHERE attempts > 4") == 0 {
                        try await Moment.pass()
                    }
                    // What was merged was merged.
                    #expect(try await system.count("SELECT count(*) FROM audit_log WHERE status = 'processed'") == 2)
                    #expect(try await system.orders().map(\.isQuarantined) == [false])
                    #expect(try await system.brokenPromises().contains { $0.hasPrefix("I2") })
                    try await system.execute(
                        "INSERT INTO event_store SELECT * FROM gone; UPDATE unapplied_events SET retry_at = NULL"
                    )
                    try await system.settled()
                }
            }
            #expect(try await system.orders().map(\.version) == [2])
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `a job whose order can neither be read nor folded anew is no dead letter, and goes on when it is mended`()
        async throws
    {
        try await BookingTableTests.with(settings: ["BOOKING_SETTLE_MS": "700", "QUEUE_DEFAULT_ATTEMPTS": "1"]) {
            system,
            client,
            world in
            _ = try await client.send(TestOrder())
            while try await system.bookingStates() != ["1 claimed"] { try await Moment.pass() }
            try await system.execute(Self.lose)
            // Each wait is longer than the one before; the last one here is as long as the test needs.
            let put = """
                WITH put AS (
                    UPDATE jobs SET run_at = now() + interval '1 hour'
                    WHERE state = 'ready' AND max_attempts > 2 AND last_error LIKE '%could not be given up%'
                    RETURNING 1
                )
                SELECT count(*) FROM put
                """
            while try await system.count(put) == 0 { try await Moment.pass() }
            #expect(try await system.bookingStates() == ["1 claimed"])
            #expect(world.calls("book") == 0)
            try await system.execute("INSERT INTO event_store SELECT * FROM gone; UPDATE unapplied_events SET retry_at = NULL")
            try await system.settled()
            try await system.execute("UPDATE jobs SET run_at = now()")
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 booked"])
            #expect(world.complaints == [])
            #expect(try await system.brokenPromises() == [])
        }
    }

    /// Upkeep asks about many dead letters at once.
    @Test func `an order that cannot be read keeps no dead letter of another from making way`() async throws {
        try await BookingTableTests.with(faults: ["book/422:1x2"]) { system, client, _ in
            for id in 1...2 { _ = try await client.send(TestOrder().with { $0.id = id }) }
            while try await system.count("SELECT count(*) FROM jobs WHERE state = 'dead'") < 2 { try await Moment.pass() }
            try await system.execute(
                """
                UPDATE orders SET state = 'rotten' WHERE ref_id = '2';
                DELETE FROM event_store WHERE ref_id = '2';
                INSERT INTO jobs (order_id, queue, key, shop, input, run_at)
                SELECT j.order_id, j.queue, 'behind', j.shop, j.input, now()
                FROM jobs AS j JOIN orders AS o ON o.id = j.order_id WHERE o.ref_id = '2'
                """
            )
            _ = try await client.send(TestOrder().with { ($0.second, $0.city) = (5, "Giza") })
            while try await system.bookingStates().filter({ $0 == "2 booked" }).isEmpty { try await Moment.pass() }
            #expect(try await system.texts("SELECT key FROM jobs WHERE state <> 'dead' AND queue LIKE '%booking%'") == ["behind"])
        }
    }

    @Test func `a transaction reads no more bodies than it has room for`() async throws {
        let size = 3 << 20
        try await TestSystem.with { system async throws in
            let shop = "test.myshopify.com"
            for number in 1...16 {
                let body = Self.order(number % 10, #","tags":"\#(number)","x":"\#(String(repeating: "x", count: size))""#)
                let event = try IncomingEvent.shopify(
                    ShopifyHeaders(topic: "orders/updated", shopDomain: shop, webhookID: "\(number)", triggeredAt: nil),
                    body: Array(body.utf8),
                    receivedAt: TestClock.now(),
                    defaultShop: shop
                )
                _ = try await system.pool.withConnection { try EventAppend.append([event], on: $0) }
            }
            let subject = OrderID(source: "shopify", shop: shop, refID: "1").uuid
            let events = try await system.pool.transaction { try SubjectBatch.lock([subject], in: &$0).events }
            // The one that goes beyond the limit is the last.
            #expect(events.count == Int(SubjectBatch.maxBytes) / size + 1)
            try await system.withOrchestrators {
                try await system.settled()
                try await system.withIngest { client async throws in
                    // Folds it anew, over pages of bodies.
                    let redaction = #"{"shop_id":1,"shop_domain":"\#(shop)","customer":{"id":7},"orders_to_redact":["1"]}"#
                    _ = try await client.shopify(redaction, topic: "customers/redact")
                    try await system.settled()
                }
            }
            #expect(try await system.orders().map(\.version) == [16])
            #expect(try await system.brokenPromises() == [])
        }
    }
}
