import EventStore
import Orders
import Postgres
import TestSystem
import Testing

/// What the store says of an order, read back from a real PostgreSQL.
@Suite(.timeLimit(.minutes(5))) struct ExplanationTests {
    private static let id = OrderID(source: "shopify", shop: "test.myshopify.com", refID: "1")

    private static func order(_ second: Int, _ status: String, _ more: String = "") -> String {
        #"{"id":"1","updated_at":"2026-01-18T18:43:0\#(second)Z","financial_status":"\#(status)"\#(more)}"#
    }

    private func explanation(_ system: TestSystem, of id: OrderID = id) async throws -> Explanation? {
        try await system.pool.withConnection { connection in
            try OrderExplanation.read(id, statuses: .standard, policy: BookingPolicy(), on: connection)
        }
    }

    @Test func `an order names who set its fields and who lost`() async throws {
        try await TestSystem.with { system in
            try await system.withOrchestrators {
                try await system.withIngest(settings: ["COURIER_NATIVE_AUTH": "none"]) { client async throws in
                    _ = try await client.shopify(Self.order(1, "paid"), topic: "orders/paid", webhookID: "a")
                    _ = try await client.shopify(Self.order(0, "pending"), topic: "orders/create", webhookID: "b")
                    _ = try await client.shopify(Self.order(0, "pending"), topic: "orders/create", webhookID: "b")
                    _ = try await client.shopify(Self.order(1, "paid"), topic: "orders/paid", webhookID: "c")
                    _ = try await client.shopify(#"{"id":5,"order_id":1}"#, topic: "disputes/create", webhookID: "d")
                    _ = try await client.shopify(
                        #"{"id":7,"order_id":1,"tracking_company":"native","tracking_number":"T-1","status":"success"}"#,
                        topic: "fulfillments/create"
                    )
                    _ = try await client.courier(
                        #"{"tracking_number":"T-1","status":"delivered","courier":"native","timestamp":"2026-01-19T08:00:00Z"}"#
                    )
                    try await system.settled()
                }
            }
            let explanation = try #require(try await explanation(system))
            let status = try #require(explanation["financial_status"])
            #expect(status.value == .text("paid") && status.setBy?.event.topic == "orders/paid")
            #expect(Set(status.lost.map(\.event.topic)) == ["orders/create", "orders/paid"])
            #expect(status.lost.contains { $0.why.hasPrefix("older: updated_at") })
            #expect(status.lost.contains { $0.why.hasPrefix("says what") })
            #expect(explanation["shipment native T-1"]?.setBy?.event.source == "courier")
            #expect(explanation["order_status"]?.value == .text("DELIVERED"))
            #expect(explanation.booking.reasons == ["Not booked: the shop ships it already"])
            #expect(explanation.counts.events == 6)
            #expect(explanation.counts.duplicates == 1)
            #expect(explanation.asides.map(\.status) == ["counted"])
            let waybill = Waybill(courier: try #require(CourierName("native")), trackingNumber: "t-1")
            let owners = try await system.pool.withConnection { connection in
                try OrderExplanation.orders(shippingWith: waybill, on: connection)
            }
            #expect(owners == [Self.id])
        }
    }

    @Test func `an event that nobody has merged waits, and an order nobody knows is nil`() async throws {
        try await TestSystem.with { system in
            #expect(try await explanation(system) == nil)
            try await system.withIngest { client async throws in
                _ = try await client.shopify(Self.order(1, "paid"), topic: "orders/paid", webhookID: "a")
            }
            let waiting = try #require(try await explanation(system))
            #expect(waiting.asides.map(\.status) == ["waiting"])
            #expect(waiting.booking.reasons == ["Not booked: the order itself has not arrived, only events about it"])
        }
    }

    @Test func `a claimed booking says how long it settles`() async throws {
        try await TestSystem.with { system in
            try await system.withOrchestrators(settings: ["BOOKING": "on", "BOOKING_SETTLE_MS": "600000"]) {
                try await system.withIngest { client async throws in
                    _ = try await client.shopify(
                        Self.order(1, "paid", #","line_items":[{"id":1,"quantity":1}],"shipping_address":{"city":"Cairo"}"#)
                    )
                    try await system.settled()
                }
            }
            let reasons = try #require(try await explanation(system)).booking.reasons
            #expect(reasons.count == 1 && reasons[0].hasPrefix("Not booked yet: it settles for another"))
        }
    }

    @Test func `ten thousand events of one order are counted, and the newest losers named`() async throws {
        try await TestSystem.with { system in
            try await system.execute(
                """
                INSERT INTO event_store (subject_id, event_id, received_at, subject_kind, source, shop, topic, ref_id, identity,
                    fact_id, body_hash, body)
                SELECT '\(Self.id)', gen_random_uuid(), now() - n * interval '1 second', 'order', 'shopify', 'test.myshopify.com',
                    'orders/updated', '1', gen_random_uuid(), gen_random_uuid(), sha256(n::text::bytea),
                    convert_to(json_build_object('id', '1', 'updated_at', to_char(timestamp '2026-01-18' - n * interval '1 s',
                        'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'financial_status', 'pending')::text, 'UTF8')
                FROM generate_series(1, 10000) AS n;
                INSERT INTO audit_log (subject_id, fact_id, event_id, order_id, source, topic, status, reason, received_at)
                SELECT subject_id, fact_id, event_id, subject_id, source, topic, 'discarded', 'test', received_at FROM event_store
                """
            )
            let explanation = try #require(try await explanation(system))
            #expect(explanation.counts.events == 10_000 && explanation.counts.read == 10_000)
            #expect(explanation["financial_status"]?.lostCount == 10_000)
            #expect(explanation["financial_status"]?.lost.count == Explanation.namedEvents)
        }
    }
}
