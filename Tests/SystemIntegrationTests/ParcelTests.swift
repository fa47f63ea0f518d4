import Orders
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct ParcelTests {
    private static let order = #"{"id":"1","updated_at":"2026-01-18T18:43:04Z","financial_status":"paid","total_price":"150.00"}"#
    private static let fulfillment = #"""
        {"id":9,"order_id":"1","status":"success","created_at":"2026-01-18T19:00:00Z","updated_at":"2026-01-18T19:00:00Z",
         "tracking_company":"Courier","tracking_number":"TRK-1","tracking_numbers":["TRK-1"],"shipment_status":null}
        """#
    private static func callback(_ status: String, _ time: String) -> String {
        #"{"tracking_number":"TRK-1","status":"\#(status)","courier":"courier","timestamp":"\#(time)"}"#
    }

    private static let unsigned = ["COURIER_NATIVE_AUTH": "none"]

    @Test(arguments: [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [2, 3, 1, 0]])
    func `a callback that beats its parcel waits and is joined`(arrival: [Int]) async throws {
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators(2) {
                try await system.withIngest(settings: Self.unsigned) { client async throws in
                    for step in arrival {
                        let answer =
                            switch step {
                            case 0: try await client.shopify(Self.order, topic: "orders/paid", webhookID: "o")
                            case 1: try await client.shopify(Self.fulfillment, topic: "fulfillments/create", webhookID: "f")
                            case 2: try await client.courier(Self.callback("shipped", "2026-01-19T08:00:00Z"))
                            default: try await client.courier(Self.callback("delivered", "2026-01-20T08:00:00Z"))
                            }
                        #expect(answer.status == 200)
                        try await system.settled()
                    }
                }
            }
            let order = try await system.order("1")
            #expect(order?.orderStatus == "DELIVERED")
            #expect(order?.version == 4)
            #expect(try await system.count("SELECT count(*) FROM audit_log WHERE status = 'parked'") == 0)
            #expect(try await system.count("SELECT count(*) FROM audit_log") == 4)
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `parcel and callback at the same instant never miss each other`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators(3) {
                try await system.withIngest(settings: Self.unsigned) { client async throws in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for number in 0..<40 {
                            let fulfillment = Self.fulfillment.replacing("\"1\"", with: "\"\(number)\"")
                                .replacing("TRK-1", with: "TRK-\(number)")
                            let callback = Self.callback("delivered", "2026-01-20T08:00:00Z").replacing(
                                "TRK-1",
                                with: "TRK-\(number)"
                            )
                            group.addTask { _ = try await client.shopify(fulfillment, topic: "fulfillments/create") }
                            group.addTask { _ = try await client.courier(callback) }
                        }
                        try await group.waitForAll()
                    }
                    try await system.settled()
                }
            }
            #expect(try await system.count("SELECT count(*) FROM audit_log WHERE status = 'parked'") == 0)
            #expect(try await system.count("SELECT count(*) FROM shipments WHERE status = 'delivered'") == 40)
            #expect(try await system.orders().allSatisfy { $0.version == 2 })
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `an unknown status is kept and shown as unmapped`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators {
                try await system.withIngest(settings: Self.unsigned) { client async throws in
                    _ = try await client.shopify(Self.fulfillment, topic: "fulfillments/create")
                    _ = try await client.courier(Self.callback("held_by_alien", "2026-01-19T08:00:00Z"))
                    try await system.settled()
                }
            }
            #expect(try await system.texts("SELECT status FROM audit_log WHERE source = 'courier'") == ["unmapped"])
        }
    }

    @Test func `an unsigned callback is refused unless its courier is trusted`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                #expect(try await client.courier(Self.callback("shipped", "2026-01-19T08:00:00Z")).status == 401)
            }
        }
    }

    @Test func `a redaction removes personal data from the order and the store, whatever comes first`() async throws {
        let order = #"""
            {"id":"1","updated_at":"2026-01-18T18:43:04Z","financial_status":"paid","email":"mariam@example.com",
             "customer":{"id":7,"first_name":"Mariam","email":"mariam@example.com"},"shipping_address":{"name":"Mariam","city":"Cairo"}}
            """#
        func redaction(_ shop: String) -> String {
            #"{"shop_id":1,"shop_domain":"\#(shop)","customer":{"id":7,"email":"mariam@example.com"},"orders_to_redact":["1"]}"#
        }
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators(2) {
                try await system.withIngest { client async throws in
                    for (shop, isFirst) in [("a", true), ("b", false)] {
                        if isFirst { _ = try await client.shopify(redaction(shop), topic: "customers/redact", shop: shop) }
                        try await system.settled()
                        _ = try await client.shopify(order, topic: "orders/paid", webhookID: "1", shop: shop)
                        if !isFirst { _ = try await client.shopify(redaction(shop), topic: "customers/redact", shop: shop) }
                        try await system.settled()
                    }
                }
            }
            #expect(Set(try await system.orders().map(\.stateHash)).count == 1)
            #expect(
                try await system.count("SELECT count(*) FROM orders WHERE customer IS NOT NULL OR shipping_address IS NOT NULL")
                    == 0
            )
            let bodies =
                "SELECT count(*) FROM event_store WHERE convert_from(body, 'UTF8') ILIKE '%mariam%'"
            #expect(try await system.count(bodies) == 0)
            #expect(try await system.brokenPromises() == [])
        }
    }
}
