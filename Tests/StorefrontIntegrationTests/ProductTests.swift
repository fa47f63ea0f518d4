import NIOHTTP1
import Orders
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct ProductTests {
    private static func with(
        settings: [String: String] = [:],
        _ body: (TestSystem, Shop) async throws -> Void
    ) async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest(settings: settings) { client async throws in
                try await body(system, Shop(client: client))
            }
        }
    }

    @Test(arguments: ["", "/"])
    func `a product is added, shown, replaced and deleted`(slash: String) async throws {
        try await Self.with { system, shop in
            let added = try await shop.change(.POST, "/api/v1/products\(slash)", #"{"name":"Lamp","price":19.99,"stock":3}"#)
            #expect(added.status == 201)
            #expect(added.body == #"{"id":1,"name":"Lamp","price":19.99,"stock":3}"#)
            #expect(added.headers.first(name: "location") == "/api/v1/products/1")
            let path = "/api/v1/products/1\(slash)"
            #expect(try await shop.client.get(path).body == added.body)
            let replaced = try await shop.change(.PUT, path, #"{"name":"Lantern","price":"0.125","stock":7}"#)
            #expect(replaced.status == 200)
            #expect(replaced.body == #"{"id":1,"name":"Lantern","price":0.125,"stock":7}"#)
            #expect(try await shop.client.get("/api/v1/products\(slash)").body == "[\(replaced.body)]")
            let deleted = try await shop.change(.DELETE, path)
            #expect(deleted.status == 200)
            #expect(deleted.body == #"{"message":"Product deleted"}"#)
            for answer in [try await shop.client.get(path), try await shop.change(.DELETE, path)] {
                #expect(answer.status == 404)
                #expect(answer.field("error") == "there is no product 1")
            }
            #expect(try await shop.client.get("/api/v1/products").body == "[]")
        }
    }

    @Test func `money is kept to the last decimal`() async throws {
        try await Self.with { system, shop in
            for price in ["0.00", "0.10", "0.0001", "999999999.9999", "1000000000.00"] {
                let id = try await shop.product(stock: 0, price: price)
                #expect(try await shop.client.get("/api/v1/products/\(id)").body.contains(#""price":\#(price),"#))
            }
        }
    }

    @Test func `bad input is refused with the field and the reason`() async throws {
        try await Self.with { system, shop in
            let answer = try await shop.change(.POST, "/api/v1/products", #"{"name":"","price":-1,"stock":1.5}"#)
            #expect(answer.status == 422)
            #expect(answer.faults == ["name", "price", "stock"])
            #expect(answer.field("error")?.contains("stock must be a whole number from 0 to 1000000000") == true)
            #expect(try await shop.change(.POST, "/api/v1/products", "{").faults == ["body"])
            let id = try await shop.product(stock: 1)
            #expect(try await shop.change(.PUT, "/api/v1/products/\(id)", #"{"stock":5}"#).faults == ["name", "price"])
            #expect(try await shop.change(.PUT, "/api/v1/products/99", #"{"name":"a","price":1,"stock":5}"#).status == 404)
            #expect(try await shop.client.get("/api/v1/products/first").status == 404)
            #expect(try await shop.client.get("/api/v1/products/99999999999999999999").status == 404)
            #expect(try await system.count("SELECT count(*) FROM products") == 1)
        }
    }

    @Test func `what is not asked for as it must be is refused with the rule`() async throws {
        try await Self.with { _, shop in
            let headers = [("Authorization", "Bearer \(TestSystem.storefrontToken)"), ("Content-Type", "text/plain")]
            let plain = try await shop.client.send(.POST, "/api/v1/products", Array("{}".utf8), headers: headers)
            #expect(plain.status == 415)
            let large = String(repeating: "x", count: 20_000)
            #expect(try await shop.change(.POST, "/api/v1/products", #"{"name":"\#(large)"}"#).status == 413)
            let method = try await shop.change(.PATCH, "/api/v1/products/1", "{}")
            #expect(method.status == 405)
            #expect(method.headers.first(name: "allow") == "DELETE, GET, PUT")
            #expect(try await shop.change(.DELETE, "/api/v1/orders/1").headers.first(name: "allow") == "GET")
            #expect(try await shop.client.get("/api/v1/nothing").status == 404)
        }
    }

    @Test func `only the bearer of the token changes products`() async throws {
        try await Self.with { system, shop in
            let body = Array(#"{"name":"Lamp","price":1,"stock":1}"#.utf8)
            for header in [nil, "Bearer wrong", "Basic dGVzdC10b2tlbg=="] {
                let headers = [("Content-Type", "application/json")] + (header.map { [("Authorization", $0)] } ?? [])
                let answer = try await shop.client.send(.POST, "/api/v1/products", body, headers: headers)
                #expect(answer.status == 401)
                #expect(answer.headers.first(name: "www-authenticate") == "Bearer")
                #expect(try await shop.client.send(.DELETE, "/api/v1/products/1", headers: headers).status == 401)
            }
            #expect(try await system.count("SELECT count(*) FROM products") == 0)
        }
    }

    @Test func `without a configured token nobody changes products, and is told why`() async throws {
        try await Self.with(settings: ["STOREFRONT_ADMIN_TOKEN": ""]) { _, shop in
            let answer = try await shop.change(.POST, "/api/v1/products", #"{"name":"Lamp","price":1,"stock":1}"#)
            #expect(answer.status == 403)
            #expect(answer.field("error")?.contains("STOREFRONT_ADMIN_TOKEN") == true)
        }
    }

    @Test(arguments: [(TestSystem.storefrontToken, 401), ("", 403)])
    func `whoever guesses tokens is counted like any other client`(token: String, refusal: Int) async throws {
        let settings = [
            "STOREFRONT_ADMIN_TOKEN": token, "STOREFRONT_RATE_BURST": "3", "STOREFRONT_RATE_PER_SECOND": "1",
        ]
        try await Self.with(settings: settings) { _, shop in
            let headers = [("Content-Type", "application/json"), ("Authorization", "Bearer a guess")]
            let start = ContinuousClock.now
            var refused = 0
            func guess() async throws -> Int {
                try await shop.client.send(.DELETE, "/api/v1/products/1", headers: headers).status
            }
            while refused < 100, try await guess() == refusal { refused += 1 }
            // Three at once, and one more for each second that this has taken.
            #expect(refused >= 3 && Double(refused) <= 3 + start.duration(to: .now) / .seconds(1))
            #expect(try await guess() == 429)
        }
    }

    @Test func `a product with orders stays, and its history with it`() async throws {
        try await Self.with { system, shop in
            let id = try await shop.product(stock: 2)
            #expect(try await shop.buy(id).status == 201)
            let refused = try await shop.change(.DELETE, "/api/v1/products/\(id)")
            #expect(refused.status == 409)
            #expect(refused.field("error")?.contains("has orders") == true)
            #expect(try await shop.stock(of: id) == 1)
            #expect(try await system.count("SELECT count(*) FROM storefront_orders") == 1)
        }
    }

    @Test func `lists are plain, and paged by keyset when asked for`() async throws {
        try await Self.with(settings: ["STOREFRONT_MAX_PAGE": "3"]) { _, shop in
            for number in 1...7 { _ = try await shop.product(stock: 0, name: "Lamp \(number)") }
            let plain = try await shop.client.get("/api/v1/products")
            #expect(plain.root?.elements.map { $0.integer("id") } == [1, 2, 3])
            #expect(plain.headers.first(name: "link") == #"</api/v1/products?cursor=3&limit=3>; rel="next""#)
            var ids: [Int64?] = []
            var cursor: String? = "0"
            while let from = cursor {
                let page = try await shop.client.get("/api/v1/products?limit=2&cursor=\(from)")
                ids += page.root?.elements("data").map { $0.integer("id") } ?? []
                cursor = page.root?.text("nextCursor")
            }
            #expect(ids == [1, 2, 3, 4, 5, 6, 7])
            #expect(try await shop.client.get("/api/v1/products?limit=4").faults == ["limit"])
            #expect(try await shop.client.get("/api/v1/orders?limit=1").body == #"{"data":[],"nextCursor":null}"#)
            #expect(try await shop.client.get("/api/v1/orders").body == "[]")
        }
    }

    @Test func `a client that comes too often is told to wait, others are not`() async throws {
        let settings = [
            "STOREFRONT_RATE_BURST": "3", "STOREFRONT_RATE_PER_SECOND": "1", "STOREFRONT_TRUSTED_PROXIES": "127.0.0.0/8",
        ]
        try await Self.with(settings: settings) { _, shop in
            func get(as address: String) async throws -> TestClient.Answer {
                try await shop.client.get("/api/v1/products", headers: [("X-Forwarded-For", "1.1.1.1, \(address)")])
            }
            let start = ContinuousClock.now
            var served = 0
            var answer = try await get(as: "198.51.100.1")
            while answer.status == 200 {
                served += 1
                answer = try await get(as: "198.51.100.1")
            }
            #expect(answer.status == 429 && answer.headers.first(name: "retry-after") == "1")
            // Three at once, and one more for each second that this has taken.
            #expect(served >= 3 && Double(served) <= 3 + start.duration(to: .now) / .seconds(1))
            #expect(try await get(as: "198.51.100.2").status == 200)
            // Administrators with the token are no such clients, and webhooks know nothing of it.
            for _ in 0..<6 { _ = try await shop.product(stock: 0) }
            #expect(try await shop.client.get("/health").status == 200)
        }
    }
}
