import Orders
import Postgres
import TestSeed
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct MergeTests {
    /// Conflicting webhooks of one order, within one second.
    private static func bodies(_ refID: String, count: Int = 24) -> [String] {
        let statuses = ["pending", "authorized", "paid", "partially_refunded"]
        return (0..<count).map { number in
            let time = "2026-01-18T18:43:0\(number % 2)Z"
            return
                #"{"id":"\#(refID)","updated_at":"\#(time)","financial_status":"\#(statuses[number % 4])","total_price":"\#(number).00"}"#
        }
    }

    @Test func `three replicas and shuffled arrivals end in one hash per order`() async throws {
        try await TestSystem.with { system async throws in
            var generator = SeededGenerator(seed: 7)
            let arrivals = (0..<4).flatMap { shop in
                Self.bodies("42").map { (shop: "shop-\(shop).myshopify.com", body: $0) }
            }.shuffled(using: &generator)
            try await system.withOrchestrators(3) {
                try await system.withIngest { client async throws in
                    try await withThrowingTaskGroup(of: Int.self) { group in
                        for (shop, body) in arrivals { group.addTask { try await client.shopify(body, shop: shop).status } }
                        for try await status in group { #expect(status == 200) }
                    }
                    try await system.settled()
                }
            }
            let orders = try await system.orders()
            #expect(orders.count == 4)
            #expect(Set(orders.map(\.stateHash)).count == 1)
            #expect(orders.allSatisfy { $0.version == 24 })
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `two first events of one order at the same instant make one order`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                for number in 0..<20 {
                    for body in Self.bodies("\(number)", count: 2) { _ = try await client.shopify(body) }
                }
            }
            try await system.withOrchestrators(3) { try await system.settled() }
            #expect(try await system.orders().map(\.version) == Array(repeating: 2, count: 20))
        }
    }

    @Test func `a flush of Redis in the middle loses nothing`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                for body in Self.bodies("1") { _ = try await client.shopify(body) }
                // The doorbells of this schema are gone before any worker has seen them.
                try await system.deleteStreams()
                try await system.withOrchestrators(2) {
                    try await system.settled()
                    for body in Self.bodies("2") { _ = try await client.shopify(body) }
                    try await system.deleteStreams()
                    try await system.settled()
                }
            }
            #expect(try await system.orders().map(\.version) == [24, 24])
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `a later delivery with a smaller Triggered-At folds the order anew`() async throws {
        let first = #"{"id":"1","updated_at":"2026-01-18T18:43:04Z","financial_status":"paid","total_price":"10.00"}"#
        let second = #"{"id":"1","updated_at":"2026-01-18T18:43:04Z","financial_status":"pending","total_price":"20.00"}"#
        let early = ["X-Shopify-Triggered-At": "2026-01-18T18:43:05Z"]
        let late = ["X-Shopify-Triggered-At": "2026-01-18T18:43:09Z"]
        try await TestSystem.with { system async throws in
            // No relay comes in time: a duplicate that changes an event rings for it like any other.
            try await system.withOrchestrators(settings: ["RELAY_AFTER_MS": "600000"]) {
                try await system.withIngest { client async throws in
                    // In shop a, body two wins by its Triggered-At until its second delivery turns out to be the earlier one.
                    _ = try await client.shopify(
                        first,
                        webhookID: "1",
                        shop: "a",
                        more: ["X-Shopify-Triggered-At": "2026-01-18T18:43:07Z"]
                    )
                    _ = try await client.shopify(second, webhookID: "2", shop: "a", more: late.mapValues { $0 })
                    try await system.settled()
                    #expect(try await system.orders().map(\.paymentStatus) == ["pending"])
                    let again = try await client.shopify(second, webhookID: "2", shop: "a", more: early.mapValues { $0 })
                    #expect(again.field("status") == "duplicate")
                    try await system.settled()
                    #expect(try await system.orders().map(\.paymentStatus) == ["paid"])
                    // In shop b, the same deliveries arrive the other way round.
                    _ = try await client.shopify(second, webhookID: "2", shop: "b", more: early.mapValues { $0 })
                    _ = try await client.shopify(second, webhookID: "2", shop: "b", more: late.mapValues { $0 })
                    _ = try await client.shopify(
                        first,
                        webhookID: "1",
                        shop: "b",
                        more: ["X-Shopify-Triggered-At": "2026-01-18T18:43:07Z"]
                    )
                    try await system.settled()
                }
            }
            #expect(Set(try await system.orders().map(\.stateHash)).count == 1)
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `one identity with two bodies is two events and an anomaly`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                for body in Self.bodies("1", count: 2) {
                    let answer = try await client.shopify(body, webhookID: "same")
                    #expect(answer.field("status") == "accepted")
                }
            }
            try await system.withOrchestrators { try await system.settled() }
            #expect(try await system.orders().map(\.version) == [2])
            #expect(try await system.count("SELECT count(*) FROM audit_log WHERE flags @> '{identity_conflict}'") == 2)
        }
    }

    @Test func `a body under a new webhook id is suspected to be a replay and changes nothing`() async throws {
        try await TestSystem.with { system async throws in
            let body = Self.bodies("1", count: 1)[0]
            try await system.withOrchestrators {
                try await system.withIngest { client async throws in
                    _ = try await client.shopify(body, webhookID: "1")
                    try await system.settled()
                    _ = try await client.shopify(body, webhookID: "2")
                    try await system.settled()
                }
            }
            #expect(try await system.orders().map(\.version) == [1])
            #expect(try await system.texts("SELECT status FROM audit_log ORDER BY applied_at") == ["processed", "discarded"])
            #expect(try await system.count("SELECT count(*) FROM audit_log WHERE flags @> '{replay_suspected}'") == 1)
        }
    }

    @Test func `the older systems' queries run unchanged`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withOrchestrators {
                try await system.withIngest { client async throws in
                    for (number, body) in Self.bodies("order_chaos_test_12345", count: 4).enumerated() {
                        _ = try await client.shopify(body, webhookID: "chaos-webhook-\(number)")
                    }
                    try await system.settled()
                }
            }
            let rows = try await system.texts(
                """
                SELECT shopifyorderid || ' ' || version || ' ' || (lastexternalupdatedat IS NOT NULL) || ' ' || shippingfee
                FROM \(system.schema)_legacy.orders WHERE shopifyorderid = 'order_chaos_test_12345'
                """
            )
            #expect(rows == ["order_chaos_test_12345 4 true 9.9900"])
            let audits = try await system.texts(
                "SELECT webhookid FROM \(system.schema)_legacy.audit_log WHERE message IS NOT NULL ORDER BY webhookid"
            )
            #expect(audits == (0..<4).map { "chaos-webhook-\($0)" })
        }
    }
}
