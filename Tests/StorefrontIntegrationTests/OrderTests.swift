import EventStore
import NIOHTTP1
import Orchestration
import Orders
import Postgres
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct OrderTests {
    private static func with(
        settings: [String: String] = [:],
        _ body: (TestSystem, Shop) async throws -> Void
    ) async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest(settings: settings) { client async throws in
                try await body(system, Shop(client: client))
            }
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `an order is placed, shown, and takes its pieces`() async throws {
        try await Self.with { system, shop in
            let product = try await shop.product(stock: 5)
            let answer = try await shop.buy(product, 2)
            #expect(answer.status == 201)
            #expect(answer.headers.first(name: "location") == "/api/v1/orders/1")
            #expect(answer.root?.members.map(\.key) == ["id", "product_id", "quantity", "created_at"])
            #expect(answer.integer("id") == 1 && answer.integer("product_id") == product && answer.integer("quantity") == 2)
            #expect(try await shop.stock(of: product) == 3)
            let shown = try await shop.client.get("/api/v1/orders/1/")
            #expect(shown.root?.text("created_at") == answer.root?.text("created_at"))
            #expect(shown.root?["processed_at"]?.isNull == true)
            #expect(try await shop.client.get("/api/v1/orders/").body == "[\(shown.body)]")
            #expect(try await shop.client.get("/api/v1/orders/2").status == 404)
        }
    }

    @Test func `what cannot be bought changes nothing`() async throws {
        try await Self.with { system, shop in
            let product = try await shop.product(stock: 1)
            let tooMuch = try await shop.buy(product, 2)
            #expect(tooMuch.status == 400)
            #expect(tooMuch.body == #"{"error":"Insufficient stock"}"#)
            #expect(try await shop.buy(99).status == 404)
            for (body, faults) in [
                ("{}", ["product_id", "quantity"]), (#"{"product_id":1,"quantity":0}"#, ["quantity"]),
                (#"{"product_id":"1","quantity":1}"#, ["product_id"]), (#"{"product_id":1,"quantity":-1}"#, ["quantity"]),
                (#"{"product_id":1,"quantity":1.5}"#, ["quantity"]), (#"{"product_id":1,"quantity":100001}"#, ["quantity"]),
                ("[1]", ["body"]), ("nonsense", ["body"]),
            ] {
                let answer = try await shop.post(body)
                #expect(answer.status == 422)
                #expect(answer.faults == faults)
            }
            #expect(try await shop.post(#"{"product_id":1,"quantity":1}"#, key: "a key").faults == ["Idempotency-Key"])
            #expect(try await shop.stock(of: product) == 1)
            #expect(try await system.count("SELECT count(*) FROM storefront_orders") == 0)
            #expect(try await system.count("SELECT count(*) FROM event_store") == 0)
        }
    }

    @Test(
        arguments: [(5, 1), (60, 10)],
        [["STOREFRONT_WRITERS": "1"], ["STOREFRONT_WRITERS": "4", "STOREFRONT_BATCH_ORDERS": "1"]]
    )
    func `as many buyers are served as there are pieces`(sale: (buyers: Int, stock: Int), settings: [String: String]) async throws
    {
        try await Self.with(settings: settings) { system, shop in
            let product = try await shop.product(stock: Int64(sale.stock))
            #expect(try await shop.rush(sale.buyers, for: product) == [201: sale.stock, 400: sale.buyers - sale.stock])
            #expect(try await shop.stock(of: product) == 0)
            #expect(try await system.count("SELECT count(*) FROM storefront_orders") == Int64(sale.stock))
            #expect(try await system.count("SELECT count(*) FROM event_store") == Int64(sale.stock))
        }
    }

    @Test func `buyers of one product share transactions`() async throws {
        try await Self.with { system, shop in
            let product = try await shop.product(stock: 200)
            #expect(try await shop.rush(200, for: product) == [201: 200])
            let transactions = try await system.count("SELECT count(DISTINCT xmin::text) FROM storefront_orders")
            #expect(transactions < 150)
        }
    }

    @Test func `a large order that does not fit stands in nobody's way`() async throws {
        try await Self.with { system, shop in
            let product = try await shop.product(stock: 20)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        let isLarge = number % 2 == 0
                        let answer = try await shop.buy(product, isLarge ? 100 : 1)
                        #expect(answer.status == (isLarge ? 400 : 201))
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await shop.stock(of: product) == 0)
        }
    }

    @Test func `stock that is counted anew while it is sold is accounted for to the last piece`() async throws {
        try await Self.with { system, shop in
            let product = try await shop.product(stock: 50)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await shop.rush(80, for: product) }
                for stock in [5, 100, 0, 30] {
                    group.addTask {
                        let body = #"{"name":"Lamp","price":5,"stock":\#(stock)}"#
                        let answer = try await shop.change(.PUT, "/api/v1/products/\(product)", body)
                        #expect(answer.status == 200)
                    }
                }
                try await group.waitForAll()
            }
            // `with` verifies that nothing was lost.
        }
    }

    @Test func `a retried order is one order with the first answer, also at the same moment`() async throws {
        try await Self.with { system, shop in
            let product = try await shop.product(stock: 5)
            let bodies = try await withThrowingTaskGroup(of: TestClient.Answer.self) { group in
                for _ in 0..<20 { group.addTask { try await shop.buy(product, 2, key: "cart-1") } }
                return try await group.reduce(into: Set<String>()) { bodies, answer in
                    #expect(answer.status == 201)
                    bodies.insert(answer.body)
                }
            }
            #expect(bodies.count == 1)
            let again = try await shop.buy(product, 2, key: "cart-1")
            #expect(again.headers.first(name: "idempotency-replayed") == "true")
            #expect(bodies.contains(again.body))
            #expect(try await shop.stock(of: product) == 3)
            let other = try await shop.buy(product, 1, key: "cart-1")
            #expect(other.status == 422)
            #expect(other.faults == ["Idempotency-Key"])
            #expect(try await system.count("SELECT count(*) FROM storefront_orders") == 1)
            #expect(try await system.count("SELECT count(*) FROM storefront_answers") == 1)
        }
    }

    @Test func `answers that are too old are forgotten, the oldest first`() async throws {
        try await Self.with { system, shop in
            let product = try await shop.product(stock: 5)
            for key in ["a", "b", "c", "d"] { #expect(try await shop.buy(product, key: key).status == 201) }
            try await system.execute(
                """
                UPDATE storefront_answers SET created_at = now() - (
                    CASE key WHEN 'a' THEN '50 hours' WHEN 'b' THEN '49 hours' WHEN 'c' THEN '47 hours' ELSE '0' END)::interval
                """
            )
            func forget(_ limit: Int) async throws -> Int {
                try await system.pool.withConnection {
                    try StorefrontAnswerTable.forget(olderThanHours: 48, limit: limit, on: $0)
                }
            }
            #expect(try await forget(1) == 1)
            #expect(try await system.texts("SELECT key FROM storefront_answers ORDER BY key") == ["b", "c", "d"])
            #expect(try await forget(10) == 1)
            #expect(try await forget(10) == 0)
            #expect(try await shop.buy(product, key: "c").headers.first(name: "idempotency-replayed") == "true")
        }
    }

    @Test func `the storefront itself forgets answers that are too old`() async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                let shop = Shop(client: client)
                let product = try await shop.product(stock: 5)
                for key in ["a", "b"] { #expect(try await shop.buy(product, key: key).status == 201) }
            }
            try await system.execute("UPDATE storefront_answers SET created_at = now() - interval '1 year' WHERE key = 'a'")
            try await system.withIngest { _ async throws in
                try await eventually("the old answer is forgotten") {
                    try await system.texts("SELECT key FROM storefront_answers") == ["b"]
                }
            }
        }
    }

    @Test(arguments: ["1", "4"])
    func `keys are kept apart over writers, and a refusal is a first answer too`(writers: String) async throws {
        try await Self.with(settings: ["STOREFRONT_WRITERS": writers]) { system, shop in
            let product = try await shop.product(stock: 3)
            let statuses = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                for number in 0..<60 {
                    let key = number % 6
                    group.addTask { (key, try await shop.buy(product, key: "key-\(key)").status) }
                }
                return try await group.reduce(into: [Int: Set<Int>]()) { $0[$1.0, default: []].insert($1.1) }
            }
            #expect(statuses.values.map(\.count) == Array(repeating: 1, count: 6))
            #expect(statuses.values.count { $0 == [201] } == 3)
            let body = #"{"name":"Lamp","price":1,"stock":10}"#
            #expect(try await shop.change(.PUT, "/api/v1/products/\(product)", body).status == 200)
            for (key, status) in statuses { #expect(try await [shop.buy(product, key: "key-\(key)").status] == Array(status)) }
            #expect(try await system.count("SELECT count(*) FROM storefront_orders") == 3)
        }
    }

    @Test func `a connection that is killed again and again sells nothing twice and loses no sale`() async throws {
        try await Self.with(settings: ["STOREFRONT_RATE_BURST": "1000000"]) { system, shop in
            let product = try await shop.product(stock: 1_000_000)
            let (sold, unknown, killers) = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        var statuses: [Int] = []
                        for _ in 0..<30 {
                            let answer = try await shop.buy(product)
                            #expect([201, 503].contains(answer.status), "\(answer.body)")
                            if answer.status == 503 { #expect(answer.headers.first(name: "retry-after") == "2") }
                            statuses.append(answer.status)
                        }
                        return statuses
                    }
                }
                var killed: Int64 = 0
                var killers = 0
                while killed < 5 {
                    async let bought = shop.buy(product)
                    killed += try await system.count(Self.killStorefront)
                    _ = try await bought
                    killers += 1
                }
                return try await group.reduce(into: (sold: 0, unknown: 0, killers: killers)) { counts, statuses in
                    counts.sold += statuses.count { $0 == 201 }
                    counts.unknown += statuses.count { $0 == 503 }
                }
            }
            let placed = try await system.count("SELECT count(*) FROM storefront_orders")
            #expect(try await shop.stock(of: product) == 1_000_000 - placed)
            // The killer is a customer, too.
            #expect(placed >= sold)
            #expect(placed <= sold + unknown + killers)
            #expect(sold + unknown == 600)
        }
    }

    /// The backends of this test's own storefront: others run beside it.
    private static let killStorefront = """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE application_name = 'storefront' AND pid IN (
            SELECT l.pid FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
            JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = current_schema())
        """

    @Test func `an order is an event, and ends in the list of all orders with its price of that day`() async throws {
        try await Self.with { system, shop in
            try await system.withOrchestrators(settings: ["STOREFRONT_PROCESSING_MS": "60000"]) {
                let product = try await shop.product(stock: 5, price: "12.345")
                #expect(try await shop.buy(product, 2).status == 201)
                let body = #"{"name":"Lamp","price":99,"stock":9}"#
                #expect(try await shop.change(.PUT, "/api/v1/products/\(product)", body).status == 200)
                #expect(try await shop.buy(product, 1).status == 201)
                try await system.settled()
            }
            let orders = try await system.texts(
                "SELECT source || ' ' || shop || ' ' || ref_id || ' ' || total_price || ' ' || order_status FROM orders ORDER BY ref_id"
            )
            #expect(orders == ["storefront storefront 1 24.6900 PENDING", "storefront storefront 2 99.0000 PENDING"])
            #expect(try await system.texts("SELECT DISTINCT status FROM audit_log") == ["processed"])
            #expect(
                try await system.count("SELECT count(*) FROM storefront_orders AS s JOIN orders AS o ON o.id = s.order_id") == 2
            )
            let rebuild = Rebuild(pool: system.pool, booking: BookingPolicy())
            let report = try await rebuild.run(dryRun: true)
            #expect(report.orders == 2 && report.differing == 0)
        }
    }

    @Test(arguments: ["4bf92f3577b34da6a3ce929d0e0e4736", nil])
    func `an order goes on with the trace of its buyer's request, to its event and the work on it`(trace: String?) async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                let shop = Shop(client: client)
                let product = try await shop.product(stock: 1)
                let header = trace.map { "00-\($0)-00f067aa0ba902b7-01" } ?? "nonsense"
                #expect(try await shop.buy(product, traceparent: header).status == 201)
            }
            try await system.withOrchestrators(settings: ["STOREFRONT_PROCESSING_MS": "600000"]) { try await system.settled() }
            let ids = try await system.texts(
                """
                SELECT concat_ws(' ', coalesce(replace(e.trace_id::text, '-', ''), 'none'),
                    coalesce(e.trace_id, e.event_id) = j.trace_id)
                FROM event_store AS e JOIN jobs AS j ON j.order_id = e.subject_id
                """
            )
            #expect(ids == ["\(trace ?? "none") t"])
        }
    }

    @Test func `a webhook cannot pass for an order of the storefront`() async throws {
        try await Self.with { system, shop in
            try await system.withOrchestrators {
                let body = #"{"id":"1","financial_status":"paid","total_price":"1.00","updated_at":"2026-01-18T18:43:04Z"}"#
                #expect(try await shop.client.shopify(body, topic: "order.placed", webhookID: "w-1").status == 200)
                #expect(try await shop.client.shopify(body, topic: "console/edit", webhookID: "w-2").status == 200)
                try await system.settled()
            }
            #expect(try await system.count("SELECT count(*) FROM orders") == 0)
            #expect(try await system.count("SELECT count(*) FROM jobs") == 0)
            #expect(try await system.texts("SELECT DISTINCT status FROM audit_log") == ["unmapped"])
        }
    }
}
