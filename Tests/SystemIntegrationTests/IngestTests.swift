import NIOHTTP1
import Orders
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct IngestTests {
    private static let body =
        #"{"id":"1001","updated_at":"2026-01-18T18:43:04Z","financial_status":"paid","total_price":"150.00"}"#

    @Test func `accepts a signed webhook once and calls the second delivery a duplicate`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                let first = try await client.shopify(Self.body, webhookID: "w-1")
                #expect(first.status == 200)
                #expect(first.body == #"{"status":"accepted","webhookId":"w-1"}"#)
                let second = try await client.shopify(Self.body, webhookID: "w-1")
                #expect(second.status == 200)
                #expect(second.field("status") == "duplicate")
            }
            #expect(try await system.count("SELECT count(*) FROM event_store") == 1)
            #expect(try await system.count("SELECT count(*) FROM duplicate_deliveries") == 1)
            #expect(try await system.count("SELECT count(*) FROM unapplied_events") == 1)
        }
    }

    @Test func `stores one event when the same delivery arrives many times at once`() async throws {
        try await TestSystem.with { system async throws in
            let accepted = try await system.withIngest { client async throws in
                try await withThrowingTaskGroup(of: String?.self) { group in
                    for _ in 0..<50 { group.addTask { try await client.shopify(Self.body, webhookID: "w-1").field("status") } }
                    return try await group.reduce(into: [String: Int]()) { $0[$1 ?? "none", default: 0] += 1 }
                }
            }
            #expect(accepted == ["accepted": 1, "duplicate": 49])
            #expect(try await system.count("SELECT count(*) FROM event_store") == 1)
            #expect(try await system.count("SELECT count(*) FROM duplicate_deliveries") == 49)
        }
    }

    @Test func `a connection that is killed again and again loses and doubles nothing that was answered 200`() async throws {
        try await TestSystem.with { system async throws in
            let accepted = try await system.withIngest { client async throws in
                try await withThrowingTaskGroup(of: [String].self) { group in
                    for sender in 0..<40 {
                        group.addTask {
                            var accepted: [String] = []
                            for number in 0..<25 {
                                let id = "w-\(sender)-\(number)"
                                let answer = try await client.shopify(Self.body, webhookID: id)
                                #expect([200, 503].contains(answer.status), "\(answer.body)")
                                if answer.status == 200 { accepted.append(id) }
                            }
                            return accepted
                        }
                    }
                    var killed: Int64 = 0
                    while killed < 5 {
                        async let answer = client.shopify(Self.body, webhookID: "w-killer")
                        killed += try await system.count(Self.killIngest)
                        _ = try await answer
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
            }
            let stored = try await system.texts("SELECT delivery_id FROM event_store WHERE delivery_id <> 'w-killer'")
            #expect(Set(stored).count == stored.count)
            #expect(Set(accepted).isSubset(of: stored))
            #expect(try await system.count("SELECT count(*) FROM unapplied_events") == Int64(stored.count) + 1)
        }
    }

    /// The backends of this test's own ingest: others run beside it.
    private static let killIngest = """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE application_name = 'ingest' AND pid IN (
            SELECT l.pid FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
            JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = current_schema())
        """

    @Test func `keeps the exact bytes of the body`() async throws {
        let body =
            "{ \"id\" : 12345678901234567890, \"note\" : \"caf\u{e9} \\u0000 \u{1F4E6}\", \"updated_at\":\"2026-01-18T18:43:04Z\" }"
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                #expect(try await client.shopify(body, webhookID: "w-1").status == 200)
            }
            #expect(try await system.texts("SELECT convert_from(body, 'UTF8') FROM event_store") == [body])
            #expect(try await system.texts("SELECT ref_id FROM event_store") == ["12345678901234567890"])
        }
    }

    @Test func `refuses what is not signed`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest(settings: ["SHOPIFY_WEBHOOK_SECRETS": "old,new"]) { client async throws in
                #expect(try await client.shopify(Self.body, secret: "old").status == 200)
                #expect(try await client.shopify(Self.body, webhookID: "w-2", secret: "new").status == 200)
                #expect(try await client.shopify(Self.body, secret: "wrong").status == 401)
                for signature in [nil, "", "AAAA", "not base64!", String(repeating: "A", count: 4_000)] {
                    let answer = try await client.shopify(Self.body, more: ["X-Shopify-Hmac-Sha256": signature])
                    #expect(answer.status == 401)
                    #expect(answer.field("error")?.contains("signature") == true)
                }
            }
            #expect(try await system.count("SELECT count(*) FROM event_store") == 2)
        }
    }

    @Test func `believes a shop with secrets of its own by those only`() async throws {
        let settings = ["SHOPIFY_WEBHOOK_SECRETS": "common", "SHOPIFY_WEBHOOK_SECRETS_NILE_LANTERN": "own"]
        try await TestSystem.with { system async throws in
            try await system.withIngest(settings: settings) { client async throws in
                let shop = "nile-lantern.myshopify.com"
                #expect(try await client.shopify(Self.body, shop: shop, secret: "own").status == 200)
                #expect(try await client.shopify(Self.body, shop: shop, secret: "common").status == 401)
                #expect(try await client.shopify(Self.body, secret: "common").status == 200)
                #expect(try await client.shopify(Self.body, secret: "own").status == 401)
            }
        }
    }

    @Test func `takes the newer header names in any case and a bare minimum of headers`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                let body = Array(#"{"id":"123456789","financial_status":"paid","total_price":"150.00"}"#.utf8)
                let signature = TestClient.signature(body, secret: TestSystem.secret)
                let answer = try await client.post(
                    "/webhooks/shopify",
                    body,
                    headers: [("content-type", "application/json; charset=utf-8"), ("SHOPIFY-HMAC-SHA256", signature)]
                )
                #expect(answer.status == 200)
                #expect(answer.field("webhookId")?.isEmpty == false)
            }
            #expect(try await system.texts("SELECT shop FROM event_store") == ["default.myshopify.com"])
        }
    }

    @Test(arguments: [
        ("", 400), ("null", 400), ("[]", 400), ("{", 400), (#"{"id":}"#, 400), (#"{"id":""}"#, 400), (#"{"total":"1"}"#, 400),
        (#"{"id":1} trailing"#, 400), (#"{"id":1,"id":2,"updated_at":"2026-01-18T18:43:04Z"}"#, 200),
        (#"{"id":1e999,"total_price":"99999999999999999999999999"}"#, 200),
        (#"{"id":"x","total_price":1e400,"updated_at":"not a time","financial_status":"from another world"}"#, 200),
        (String(repeating: "[", count: 100_000), 400), (#"{"id":"a\u0000b"}"#, 400),
    ])
    func `answers odd bodies without a crash`(body: String, status: Int) async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                let answer = try await client.shopify(body)
                #expect(answer.status == status, "\(answer.body)")
                if status == 400 { #expect(answer.field("error") != nil) }
                #expect(try await client.shopify(Self.body).status == 200)
            }
        }
    }

    @Test func `refuses invalid UTF-8, another content type and a body that is too large`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest(settings: ["INGEST_MAX_BODY_BYTES": "1024"]) { client async throws in
                let invalid = Array(#"{"id":"1","note":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)
                let signature = TestClient.signature(invalid, secret: TestSystem.secret)
                let headers = [("X-Shopify-Hmac-Sha256", signature)]
                #expect(try await client.post("/webhooks/shopify", invalid, headers: headers).status == 400)
                #expect(try await client.shopify(Self.body, more: ["Content-Type": "text/plain"]).status == 415)
                let large = #"{"id":"1","note":""# + String(repeating: "x", count: 2_000) + #""}"#
                #expect(try await client.shopify(large).status == 413)
            }
            #expect(try await system.count("SELECT count(*) FROM event_store") == 0)
        }
    }

    @Test func `stores unknown topics and keeps child topics with their order`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                let child = #"{"id":77,"order_id":1001,"amount":"5.00"}"#
                #expect(try await client.shopify(child, topic: "refunds/create", webhookID: "w-1").status == 200)
                #expect(try await client.shopify(#"{"id":5}"#, topic: "products/update", webhookID: "w-2").status == 200)
                #expect(try await client.shopify(#"{"id":77}"#, topic: "refunds/create", webhookID: "w-3").status == 400)
            }
            let rows = try await system.texts("SELECT subject_kind || ' ' || ref_id FROM event_store ORDER BY topic DESC")
            #expect(rows.first == "order 1001")
            #expect(rows.last?.hasPrefix("shop") == true)
        }
    }

    @Test func `health says that events can be stored, and other paths and methods are refused`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                let health = try await client.get("/health?verbose=1")
                #expect(health.status == 200)
                #expect(health.body == #"{"status":"healthy"}"#)
                #expect(try await client.get("/webhooks/shopify").status == 405)
                #expect(try await client.get("/webhooks/couriers/nobody").status == 404)
                #expect(try await client.post("/health", Array("{}".utf8), headers: []).status == 405)
                #expect(try await client.shopify(Self.body).status == 200)
            }
        }
    }

    @Test func `an order sent again under the topic of a deletion deletes nothing`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators {
                try await system.withIngest { client async throws in
                    _ = try await client.shopify(Self.body, webhookID: "w-1")
                    _ = try await client.shopify(Self.body, topic: "orders/delete", webhookID: "w-2")
                    try await system.settled()
                    #expect(try await system.texts("SELECT order_status FROM orders") == ["CONFIRMED"])
                    #expect(try await system.count("SELECT count(*) FROM audit_log WHERE status = 'unmapped'") == 1)
                    _ = try await client.shopify(#"{"id":1001}"#, topic: "orders/delete", webhookID: "w-3")
                    try await system.settled()
                    #expect(try await system.texts("SELECT order_status FROM orders") == ["CANCELLED"])
                }
            }
        }
    }

    @Test func `an event that PostgreSQL refuses is answered 400 and costs the others nothing`() async throws {
        try await TestSystem.with { system async throws in
            try await system.execute("ALTER TABLE event_store ADD CONSTRAINT event_store_test_check CHECK (topic <> 'test/bad')")
            try await system.withIngest { client async throws in
                let statuses = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                    for number in 0..<60 {
                        let topic = number == 30 ? "test/bad" : "test/good"
                        group.addTask {
                            (number, try await client.shopify(#"{"id":1}"#, topic: topic, webhookID: "w-\(number)").status)
                        }
                    }
                    return try await group.reduce(into: [Int: Int]()) { $0[$1.0] = $1.1 }
                }
                #expect(statuses.filter { $0.value != 200 } == [30: 400])
            }
            #expect(try await system.count("SELECT count(*) FROM event_store") == 59)
        }
    }

    @Test(arguments: [(100_000, 200), (200_000, 400)])
    func `a body that names a hundred parcels is stored for each, or refused when that were too much`(
        size: Int,
        status: Int
    ) async throws {
        let shipments = (0..<100).map { #"{"id":"TRK-\#($0)","status":{"statusCode":"transit"}}"# }.joined(separator: ",")
        let body = #"{"shipments":[\#(shipments)],"note":"\#(String(repeating: "x", count: size))"}"#
        try await TestSystem.with { system async throws in
            try await system.withIngest(settings: ["COURIER_DHL_AUTH": "none"]) { client async throws in
                let answer = try await client.post("/webhooks/couriers/dhl", Array(body.utf8), headers: [])
                #expect(answer.status == status, "\(answer.body)")
            }
            #expect(try await system.count("SELECT count(*) FROM event_store") == (status == 200 ? 100 : 0))
        }
    }

    @Test func `names that are too long for an index cost nobody an event`() async throws {
        let long = (0..<200).map { Digest(of: Array("\($0)".utf8)).hex }.joined()
        let fulfillment = #"""
            {"id":9,"order_id":"1001","status":"success","updated_at":"2026-01-18T19:00:00Z","tracking_company":"Courier",
             "tracking_numbers":["\#(long)","TRK-1"]}
            """#
        let redaction = #"{"shop_id":1,"shop_domain":"test.myshopify.com","customer":{"id":1},"orders_to_redact":["\#(long)",7]}"#
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators {
                try await system.withIngest { client async throws in
                    #expect(try await client.shopify(Self.body).status == 200)
                    #expect(try await client.shopify(fulfillment, topic: "fulfillments/create").status == 200)
                    #expect(try await client.shopify(redaction, topic: "customers/redact").status == 200)
                    try await system.settled()
                }
            }
            #expect(try await system.count("SELECT count(*) FROM audit_log WHERE status = 'failed'") == 0)
            #expect(try await system.texts("SELECT tracking_number FROM waybills") == ["TRK-1"])
            #expect(try await system.texts("SELECT ref_id FROM redactions ORDER BY ref_id") == ["7", "gid://shopify/Customer/1"])
        }
    }
}
