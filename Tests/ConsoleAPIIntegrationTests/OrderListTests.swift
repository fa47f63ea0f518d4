import NIOHTTP1
import Orders
import TestSystem
import Testing

@Suite("The console's lists of orders", .timeLimit(.minutes(5)))
struct OrderListTests {
    private static func order(_ number: Int, financial: String = "paid", name: String, total: String) -> String {
        """
        {"id":\(7_000_000 + number),"name":"#\(1_000 + number)","financial_status":"\(financial)","total_price":"\(total)",\
        "currency":"EUR","updated_at":"2026-01-18T17:00:\(number < 10 ? "0" : "")\(number)Z",\
        "customer":{"first_name":"\(name)","last_name":"Perlman","email":"\(name.lowercased())@shop.example"}}
        """
    }

    private static let orders = (1...12).map { number in
        order(
            number,
            financial: number.isMultiple(of: 3) ? "pending" : "paid",
            name: ["Grace", "Zoë", "O'Neil"][number % 3],
            total: "\(number * 10).50"
        )
    }

    @Test func `answer an array, or an envelope when anything is asked for`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let admin = try await console.signedIn()
                #expect(try await admin.send(.GET, "/orders").text == "[]")
                let page = try await admin.get("/orders?limit=5")
                #expect(page["data"]?.kind == .array && page["nextCursor"]?.isNull == true && page.integer("total") == 0)
            }
        }
    }

    @Test func `come in pages that meet every order once, in every sort`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders(Self.orders) { console, _ in
                let admin = try await console.signedIn()
                for sort in ["-updated", "updated", "-created", "created", "-total", "total", "-ref", "ref"] {
                    var ids: [String] = []
                    var totals: [Double] = []
                    var cursor: String?
                    repeat {
                        let page = try await admin.get("/api/orders?limit=5&sort=\(sort)\(cursor.map { "&cursor=\($0)" } ?? "")")
                        ids += page.elements("data").compactMap { $0.text("id") }
                        totals += page.elements("data").compactMap { $0.text("totalPrice").flatMap(Double.init) }
                        #expect((page.integer("total") == 12) == (cursor == nil))
                        cursor = page.text("nextCursor")
                    } while cursor != nil
                    #expect(Set(ids).count == 12 && ids.count == 12, "\(sort)")
                    if sort == "total" { #expect(totals == totals.sorted()) }
                    if sort == "-total" { #expect(totals == totals.sorted(by: >)) }
                }
                #expect(try await admin.send(.GET, "/api/orders?cursor=abc").status == 400)
                #expect(try await admin.send(.GET, "/api/orders?limit=0").status == 400)
                #expect(try await admin.send(.GET, "/api/orders?colour=red").status == 400)
                #expect(try await admin.send(.GET, "/api/orders?status=RED").status == 400)
            }
        }
    }

    @Test func `find orders by number, id, customer, mail and tracking number, and by beginnings of them`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders(Self.orders) { console, _ in
                let admin = try await console.signedIn()
                func found(_ query: String) async throws -> [String] {
                    let page = try await admin.get("/api/orders?sort=ref&q=\(query)")
                    #expect(page.integer("total") == Int64(page.elements("data").count))
                    return page.elements("data").compactMap { $0.text("name") }
                }
                #expect(try await found("%231003") == ["#1003"])
                #expect(try await found("7000012") == ["#1012"])
                #expect(try await found("700001") == ["#1010", "#1011", "#1012"])
                #expect(try await found("perlman").count == 12)
                #expect(try await found("zo%C3%AB") == ["#1001", "#1004", "#1007", "#1010"])
                #expect(try await found("zo+perl+1004") == ["#1004"])
                #expect(try await found("grace%40shop.example") == ["#1003", "#1006", "#1009", "#1012"])
                #expect(try await found("nobody").isEmpty)
                #expect(try await found("%27%29%3B--").count == 12)
            }
        }
    }

    @Test func `find what very many orders have in common, in every sort, and say that they stopped counting`() async throws {
        try await TestSystem.with { system in
            try await system.execute(
                """
                INSERT INTO orders (id, source, shop, ref_id, name, customer, total_price, created_at, updated_at)
                SELECT md5(n::text)::uuid, 'shopify', 'test', (7000000 + n)::text, '#' || n,
                    jsonb_build_object('name', CASE WHEN n <= 10200 THEN 'Grace Perlman' ELSE 'Ana Tanaka' END),
                    n, now() + n * interval '1 second', now() + n * interval '1 second'
                FROM generate_series(1, 10300) AS n
                """
            )
            try await system.withConsole { console in
                try await system.listed(10_300)
                let admin = try await console.signedIn()
                for (sort, first, step) in [("-updated", 10_200, -1), ("created", 1, 1), ("-total", 10_200, -1), ("ref", 1, 1)] {
                    let page = try await admin.get("/api/orders?q=gra+perl&limit=50&sort=\(sort)")
                    #expect(page.integer("total") == 10_000 && page.flag("totalIsExact") == false, "\(sort)")
                    let names = page.elements("data").compactMap { $0.text("name") }
                    #expect(names == (0..<50).map { "#\(first + step * $0)" }, "\(sort)")
                    let cursor = try #require(page.text("nextCursor"))
                    let next = try await admin.get("/api/orders?q=gra+perl&limit=50&sort=\(sort)&cursor=\(cursor)")
                    #expect(next.elements("data").first?.text("name") == "#\(first + step * 50)", "\(sort)")
                }
                // Numbers that begin alike are found as exactly: in the order of the sort, with filters, from any place.
                for (sort, first, step) in [("-updated", 10_300, -1), ("created", 1, 1), ("-total", 10_300, -1), ("ref", 1, 1)] {
                    let page = try await admin.get("/api/orders?q=70&limit=50&sort=\(sort)")
                    #expect(page.integer("total") == 1_000 && page.flag("totalIsExact") == false, "\(sort)")
                    let names = page.elements("data").compactMap { $0.text("name") }
                    #expect(names == (0..<50).map { "#\(first + step * $0)" }, "\(sort)")
                    let cursor = try #require(page.text("nextCursor"))
                    let next = try await admin.get("/api/orders?q=70&limit=50&sort=\(sort)&cursor=\(cursor)")
                    #expect(next.elements("data").first?.text("name") == "#\(first + step * 50)", "\(sort)")
                }
                let few = try await admin.get("/api/orders?q=70+tanaka&sort=ref&limit=500")
                #expect(few.integer("total") == 100 && few.flag("totalIsExact") == true)
                #expect(few.elements("data").first?.text("name") == "#10201")
                let filtered = try await admin.get("/api/orders?q=70&attention=true")
                #expect(filtered.integer("total") == 0 && filtered.flag("totalIsExact") == true)
                let last = try await admin.get("/api/orders?q=70&sort=ref&offset=10290")
                #expect(last.elements("data").compactMap { $0.text("name") } == (10_291...10_300).map { "#\($0)" })
                let bulk = #"{"action":"hold","filter":{"q":"70"},"dryRun":true}"#
                #expect(try await admin.send(.POST, "/api/bulk", json: bulk).json.integer("matched") == 10_300)

                let end = try await admin.get("/api/orders?q=grace&sort=ref&offset=10190")
                #expect(end.elements("data").last?.text("name") == "#10200" && end["nextCursor"]?.isNull == true)
                let rare = try await admin.get("/api/orders?q=tanaka+ana&limit=10")
                #expect(rare.integer("total") == 100 && rare.flag("totalIsExact") == true)
                let none = try await admin.get("/api/orders?q=grace+tanaka")
                #expect(none.integer("total") == 0 && none.elements("data").isEmpty)
                let counts = try await admin.get("/api/orders/counts?q=grace")
                #expect(counts.integer("total") == 10_000 && counts.flag("totalIsExact") == false)
                #expect(counts["byOrderStatus"]?.integer("PENDING") == 10_000)
                // As many as are counted, and no more.
                let all = try await admin.get("/api/orders/counts?updatedFrom=2000-01-01T00:00:00Z&q=ana")
                #expect(all.integer("total") == 100 && all.flag("totalIsExact") == true)
                for more in ["", "&payment=paid", "+tanaka"] {
                    let page = try await admin.get("/api/orders?q=70\(more)&limit=10")
                    let counts = try await admin.get("/api/orders/counts?q=70\(more)")
                    #expect(page.integer("total") == counts.integer("total"), "\(more)")
                    #expect(page.flag("totalIsExact") == !more.isEmpty && counts.flag("totalIsExact") == !more.isEmpty, "\(more)")
                }
            }
        }
    }

    @Test func `leave the index of the words alone when an order changes and its words do not`() async throws {
        let orders: Int64 = 400
        try await TestSystem.with { system in
            try await system.execute(
                """
                INSERT INTO orders (id, source, shop, ref_id, name, customer, created_at, updated_at)
                SELECT md5(n::text)::uuid, 'shopify', 'test', (7000000 + n)::text, '#' || n,
                    jsonb_build_object('name', 'Grace Perlman', 'email', 'grace@shop.example'), now(), now()
                FROM generate_series(1, \(orders)) AS n
                """
            )
            try await system.withConsole { console in
                try await system.listed(Int(orders))
                let statistics = "FROM pg_stat_user_tables WHERE schemaname = current_schema() AND relname = 'order_words'"
                /// Changes every tenth order as they lie in the table, so that each page has room; returns how many rows were written
                /// anew, and how many of them without a word to any index.
                func change(_ set: String) async throws -> (all: Int64, heapOnly: Int64) {
                    let before = try await system.count("SELECT n_tup_upd \(statistics)")
                    let heapOnly = try await system.count("SELECT n_tup_hot_upd \(statistics)")
                    try await system.execute(
                        """
                        WITH changed AS (
                            UPDATE orders AS o SET version = version + 1, updated_at = now(), \(set)
                            FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM orders) AS t
                            WHERE t.id = o.id AND t.n % 10 = 0
                            RETURNING o.id, o.version
                        )
                        INSERT INTO order_changes (order_id, version) SELECT id, version FROM changed
                        """
                    )
                    while try await system.count("SELECT n_tup_upd \(statistics)") < before + orders / 10 {
                        try await Moment.pass()
                    }
                    return (
                        try await system.count("SELECT n_tup_upd \(statistics)") - before,
                        try await system.count("SELECT n_tup_hot_upd \(statistics)") - heapOnly
                    )
                }
                let status = try await change("order_status = 'SHIPPED', total_price = 12.50")
                #expect(status.all == orders / 10 && status.heapOnly == status.all, "\(status)")
                let name = try await change("customer = jsonb_build_object('name', 'Ana Tanaka')")
                #expect(name.all == orders / 10 && name.heapOnly == 0, "\(name)")
                #expect(try await console.signedIn().get("/api/orders?q=tanaka").integer("total") == orders / 10)
            }
        }
    }

    @Test func `are filtered and counted by every status, and the counts stay right when orders change`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders(Self.orders) { console, sender in
                let admin = try await console.signedIn()
                #expect(try await admin.get("/api/orders?payment=pending").elements("data").count == 4)
                #expect(try await admin.get("/api/orders?payment=pending&payment=paid").integer("total") == 12)
                #expect(try await admin.get("/api/orders?payment=paid&q=grace").integer("total") == 0)
                #expect(try await admin.get("/api/orders?updatedTo=2000-01-01T00:00:00Z").integer("total") == 0)
                #expect(try await admin.get("/api/orders?source=shopify&shop=test.myshopify.com").integer("total") == 12)
                #expect(try await admin.get("/api/orders?courier=none").integer("total") == 0)
                let counts = try await admin.get("/api/orders/counts")
                #expect(counts.integer("total") == 12 && counts["byOrderStatus"]?.integer("CONFIRMED") == 8)
                let searched = try await admin.get("/api/orders/counts?q=grace")
                #expect(searched.integer("total") == 4 && searched["byStatus"]?.integer("PENDING") == 4)

                let cancelled =
                    ##"{"id":7000001,"name":"#1001","updated_at":"2026-01-19T00:00:00Z","cancelled_at":"2026-01-19T00:00:00Z"}"##
                _ = try await sender.shopify(cancelled)
                try await system.settled()
                try await system.listed(12)
                let after = try await admin.get("/api/orders/counts")
                #expect(after.integer("total") == 12 && after["byOrderStatus"]?.integer("CANCELLED") == 1)
                #expect(try await admin.get("/api/orders?status=CANCELLED").elements("data").first?.text("name") == "#1001")
                #expect(try await admin.get("/api/orders?status=PENDING&orderStatus=CONFIRMED").integer("total") == 0)
                #expect(try await admin.get("/api/orders/facets")["shops"]?.elements.map(\.string) == ["test.myshopify.com"])
            }
        }
    }

    @Test func `show one order with its registers, its timeline and the exact body of each event`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([Self.orders[0]]) { console, _ in
                let admin = try await console.signedIn()
                let id = try #require(try await admin.get("/api/orders").elements("data").first?.text("id"))
                let answer = try await admin.send(.GET, "/orders/\(id)")
                let order = try answer.json
                #expect(answer.headers.first(name: "etag") == "\"1\"")
                #expect(order.text("shopifyOrderId") == "7000001" && order["customer"]?.text("name") == "Zoë Perlman")
                #expect(order["registers"]?["snapshot"] != nil && order["operator"]?["note"]?.isNull == true)
                #expect(order["lastChange"]?.text("kind") == "event")
                try await system.execute(
                    """
                    INSERT INTO bookings (order_id, attempt, state, reference, destination_hash, given_up)
                    VALUES ('\(id)', 1, 'cancelled', gen_random_uuid(), '', false),
                        ('\(id)', 2, 'return_requested', gen_random_uuid(), '', true)
                    """
                )
                let bookings = try await admin.get("/api/orders/\(id)").elements("bookings")
                #expect(bookings.map { $0.flag("givenUp") } == [true, false])
                let events = try await admin.get("/api/orders/\(id)/events?body=true").elements("data")
                #expect(events.count == 1 && events[0].text("body") == Self.orders[0] && events[0].text("status") == "processed")
                let event = try #require(events[0].text("eventId"))
                #expect(try await admin.send(.GET, "/api/events/\(event)/body?subject=\(id)").text == Self.orders[0])
                #expect(try await admin.get("/api/orders/\(id)/events?only=failed").elements("data").isEmpty)
                #expect(try await admin.send(.GET, "/api/orders/00000000-0000-4000-8000-000000000000").status == 404)
                #expect(try await admin.send(.GET, "/api/orders/none").status == 400)
            }
        }
    }
}
