import AsyncHTTPClient
import Crypto
import FoundationEssentials
import NIOCore
package import NIOHTTP1
import Orders

/// A sender of webhooks over real HTTP.
package struct TestClient: Sendable {
    package struct Answer: Sendable, Equatable {
        package var status: Int
        package var body: String
        package var headers: HTTPHeaders

        /// The `status` or `error` of the JSON body.
        package func field(_ name: String) -> String? {
            (try? JSONDocument(parsing: Array(body.utf8)))?.root[name]?.string
        }
    }

    package let port: Int
    /// Bound on one request, connecting included.
    package var timeout: Duration

    package init(port: Int, timeout: Duration = .seconds(60)) {
        self.port = port
        self.timeout = timeout
    }

    package func get(_ path: String, headers: [(String, String)] = []) async throws -> Answer {
        try await send(.GET, path, headers: headers)
    }

    package func post(_ path: String, _ body: [UInt8], headers: [(String, String)]) async throws -> Answer {
        try await send(.POST, path, body, headers: headers)
    }

    /// Any request.
    package func send(
        _ method: HTTPMethod,
        _ path: String,
        _ body: [UInt8]? = nil,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        request.headers = HTTPHeaders(headers)
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        return try await send(request)
    }

    /// A signed Shopify webhook; `more` replaces or adds headers, and nil removes one.
    package func shopify(
        _ body: String,
        topic: String = "orders/updated",
        webhookID: String? = nil,
        shop: String = "test.myshopify.com",
        secret: String = TestSystem.secret,
        more: [String: String?] = [:]
    ) async throws -> Answer {
        let bytes = Array(body.utf8)
        var headers: [String: String] = [
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Shop-Domain": shop,
            "X-Shopify-Hmac-Sha256": Self.signature(bytes, secret: secret),
        ]
        headers["X-Shopify-Webhook-Id"] = webhookID
        for (name, value) in more { headers[name] = value }
        return try await post("/webhooks/shopify", bytes, headers: headers.map { ($0.key, $0.value) })
    }

    /// A courier callback in the native form, unsigned.
    package func courier(_ body: String) async throws -> Answer {
        try await post("/webhooks/courier", Array(body.utf8), headers: [("Content-Type", "application/json")])
    }

    package static func signature(_ body: [UInt8], secret: String) -> String {
        let key = SymmetricKey(data: Array(secret.utf8))
        return Data(HMAC<SHA256>.authenticationCode(for: body, using: key)).base64EncodedString()
    }

    func waitUntilHealthy() async throws {
        while try await get("/health").status != 200 { try await Moment.pass() }
    }

    private func send(_ request: HTTPClientRequest) async throws -> Answer {
        let response = try await HTTPClient.shared.execute(request, timeout: TimeAmount(timeout))
        let body = try await response.body.collect(upTo: 1 << 20)
        return Answer(status: Int(response.status.code), body: String(buffer: body), headers: response.headers)
    }
}
