import FoundationEssentials
import NIOHTTP1
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
    private let headers: HTTPHeaders

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
        var headers = HTTPHeaders((sidecar?.headers ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        if provider == nil {
            if let topic = overrides.topic ?? (headers.contains(name: "X-Shopify-Topic") ? nil : Self.topic(of: path)) {
                headers.replaceOrAdd(name: "X-Shopify-Topic", value: topic)
            }
            if let shop = overrides.shop { headers.replaceOrAdd(name: "X-Shopify-Shop-Domain", value: shop) }
            if let id = overrides.webhookID {
                headers.replaceOrAdd(name: "X-Shopify-Webhook-Id", value: id)
                headers.remove(name: "X-Shopify-Event-Id")
            }
        }
        if !headers.contains(name: "Content-Type") { headers.add(name: "Content-Type", value: "application/json") }
        self.headers = headers
    }

    /// The name of the courier whose secret signs the file; nil for Shopify.
    package var courier: CourierProvider? { provider }

    /// The request and its events.
    ///
    /// - Parameters:
    ///   - signature: the header that signs the body; nil to send the recorded one.
    ///   - defaultShop: where ingest files a webhook that names no shop.
    /// - Throws: `Fault` for headers that cannot be sent and for a body that ingest would refuse.
    package func delivery(
        host: String,
        signature: (name: String, value: String)?,
        defaultShop: String,
        at time: Instant
    ) throws(Fault) -> Delivery {
        var headers = headers
        if let signature { headers.replaceOrAdd(name: signature.name, value: signature.value) }
        for header in headers where !PreparedRequest.isOneLine(header.name) || !PreparedRequest.isOneLine(header.value) {
            throw Fault(description: "\(path): the header “\(header.name)” is not one line")
        }
        let request = PreparedRequest(
            path: provider.map { "/webhooks/couriers/\($0.rawValue)" } ?? Webhook.path,
            host: host,
            headers: headers.map { ($0.name, $0.value) },
            body: body
        )
        do {
            return Delivery(request: request, events: try events(defaultShop: defaultShop, at: time))
        } catch {
            throw Fault(description: "\(path): \(error)")
        }
    }

    private func events(defaultShop: String, at time: Instant) throws -> [IncomingEvent] {
        if let provider { return try IncomingEvent.courier(provider, body: body, receivedAt: time) }
        let names = ShopifyHeaders(
            topic: headers.first(name: "X-Shopify-Topic"),
            shopDomain: headers.first(name: "X-Shopify-Shop-Domain"),
            webhookID: headers.first(name: "X-Shopify-Webhook-Id"),
            eventID: headers.first(name: "X-Shopify-Event-Id"),
            triggeredAt: headers.first(name: "X-Shopify-Triggered-At"),
            apiVersion: headers.first(name: "X-Shopify-API-Version")
        )
        return [try IncomingEvent.shopify(names.normalised(), body: body, receivedAt: time, defaultShop: defaultShop)]
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
