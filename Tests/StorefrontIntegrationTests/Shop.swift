import NIOHTTP1
import Orders
import TestSystem

/// The storefront as its clients and its administrator see it.
struct Shop: Sendable {
    let client: TestClient

    private static let json = [("Content-Type", "application/json")]
    private static let admin = json + [("Authorization", "Bearer \(TestSystem.storefrontToken)")]

    /// Adds a product and says its id.
    func product(stock: Int64, price: String = "19.99", name: String = "Lamp") async throws -> Int64 {
        let body = #"{"name":"\#(name)","price":\#(price),"stock":\#(stock)}"#
        return try await change(.POST, "/api/v1/products", body).integer("id") ?? 0
    }

    func change(_ method: HTTPMethod, _ path: String, _ body: String? = nil) async throws -> TestClient.Answer {
        try await client.send(method, path, body.map { Array($0.utf8) }, headers: Self.admin)
    }

    func buy(
        _ product: Int64,
        _ quantity: Int64 = 1,
        key: String? = nil,
        traceparent: String? = nil
    ) async throws -> TestClient.Answer {
        try await post(#"{"product_id":\#(product),"quantity":\#(quantity)}"#, key: key, traceparent: traceparent)
    }

    func post(_ body: String, key: String? = nil, traceparent: String? = nil) async throws -> TestClient.Answer {
        let more = [("Idempotency-Key", key), ("traceparent", traceparent)]
        let headers = Self.json + more.compactMap { name, value in value.map { (name, $0) } }
        return try await client.send(.POST, "/api/v1/orders", Array(body.utf8), headers: headers)
    }

    /// Several buyers at the same moment; how often each status was answered.
    func rush(_ buyers: Int, for product: Int64, _ quantity: Int64 = 1) async throws -> [Int: Int] {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<buyers { group.addTask { try await buy(product, quantity).status } }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
    }

    func stock(of product: Int64) async throws -> Int64? {
        try await client.get("/api/v1/products/\(product)").integer("stock")
    }
}

extension TestClient.Answer {
    var root: JSONValue? { (try? JSONDocument(parsing: Array(body.utf8)))?.root }

    func integer(_ field: String) -> Int64? { root?.integer(field) }

    /// The fields that are said to be at fault.
    var faults: [String] { root?["fields"].map { $0.members.map(\.key) } ?? [] }
}
