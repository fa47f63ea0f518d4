import FoundationEssentials
package import Orders

/// A body that was recorded to a file, with the headers it came with where those were recorded too.
///
/// The headers of `orders-create.json` are looked for in `orders-create.headers.json` in the same folder, then in
/// the folder `headers` beside it: an object with the member `headers`, and for couriers the member `provider`.
package struct RecordedFile: Sendable {
    /// What the sender of the file wants otherwise than recorded.
    package struct Overrides: Sendable {
        package var topic: String?
        package var shop: String?
        package var webhookID: String?
        package var provider: CourierProvider?

        package init(topic: String? = nil, shop: String? = nil, webhookID: String? = nil, provider: CourierProvider? = nil) {
            self.topic = topic
            self.shop = shop
            self.webhookID = webhookID
            self.provider = provider
        }
    }

    /// Why a file cannot be sent.
    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    private struct Sidecar: Decodable {
        var provider: String?
        var headers: [String: String]
    }

    package let path: String
    package let body: [UInt8]
    private let provider: CourierProvider?
    private let headers: [String: String]

    /// Reads the body and its headers.
    package init(path: String, overrides: Overrides) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw Fault(description: "\(path) cannot be read") }
        self.path = path
        body = Array(data)
        let sidecar = try Self.sidecar(of: path)
        if let override = overrides.provider {
            provider = override
        } else if let name = sidecar?.provider {
            guard let known = CourierProvider(rawValue: name) else {
                throw Fault(description: "\(path): the provider “\(name)” is not known")
            }
            provider = known
        } else {
            provider = nil
        }
        var headers = sidecar?.headers ?? [:]
        if provider == nil {
            headers["X-Shopify-Topic"] = overrides.topic ?? headers["X-Shopify-Topic"] ?? Self.topic(of: path)
            if let shop = overrides.shop { headers["X-Shopify-Shop-Domain"] = shop }
            if let id = overrides.webhookID {
                headers["X-Shopify-Webhook-Id"] = id
                headers["X-Shopify-Event-Id"] = nil
            }
        }
        self.headers = headers
    }

    /// The name of the courier whose secret signs the file; nil for Shopify.
    package var courier: CourierProvider? { provider }

    /// The request and its events.
    ///
    /// - Parameters:
    ///   - secret: signs the body; without one the recorded signature is sent.
    ///   - defaultShop: where ingest files a webhook that names no shop.
    package func delivery(host: String, secret: String?, defaultShop: String, at time: Instant) throws -> Delivery {
        var headers = headers
        headers["Content-Type"] = headers["Content-Type"] ?? "application/json"
        if let provider {
            if let secret {
                let (name, value) = CourierSigner(provider: provider, secret: secret).header(for: body, at: time)
                headers[name] = value
            }
            return Delivery(
                request: request(path: "/webhooks/couriers/\(provider.rawValue)", host: host, headers),
                events: try IncomingEvent.courier(provider, body: body, receivedAt: time)
            )
        }
        if let secret { headers["X-Shopify-Hmac-Sha256"] = ShopifySigner(secret: secret).signature(of: body) }
        let names = ShopifyHeaders(
            topic: headers["X-Shopify-Topic"],
            shopDomain: headers["X-Shopify-Shop-Domain"],
            webhookID: headers["X-Shopify-Webhook-Id"],
            eventID: headers["X-Shopify-Event-Id"],
            triggeredAt: headers["X-Shopify-Triggered-At"],
            apiVersion: headers["X-Shopify-API-Version"]
        )
        return Delivery(
            request: request(path: Webhook.path, host: host, headers),
            events: [try IncomingEvent.shopify(names.normalised(), body: body, receivedAt: time, defaultShop: defaultShop)]
        )
    }

    private func request(path: String, host: String, _ headers: [String: String]) -> PreparedRequest {
        let pairs = headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        return PreparedRequest(path: path, host: host, headers: pairs, body: body)
    }

    private static func sidecar(of path: String) throws -> Sidecar? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let name = parts.last ?? ""
        let folder = parts.dropLast().joined(separator: "/") + (parts.count > 1 ? "/" : "")
        let stem = name.hasSuffix(".json") ? name.dropLast(".json".count) : name
        for candidate in ["\(folder)\(stem).headers.json", "\(folder)../headers/\(stem).headers.json"] {
            guard let data = FileManager.default.contents(atPath: candidate) else { continue }
            do {
                return try JSONDecoder().decode(Sidecar.self, from: data)
            } catch {
                throw Fault(description: "\(candidate) is not an object with the member “headers”")
            }
        }
        return nil
    }

    /// `orders-create.cod.json` was `orders/create`: the name stands in for a header nobody recorded.
    private static func topic(of path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        let stem = name.prefix { $0 != "." }
        guard let dash = stem.firstIndex(of: "-") else { return "orders/updated" }
        return "\(stem[..<dash])/\(stem[stem.index(after: dash)...])"
    }
}
