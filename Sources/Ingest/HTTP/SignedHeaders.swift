import NIOHTTP1
import Orders

/// What a Shopify webhook says in its headers: about itself, and about who signed it.
struct SignedHeaders {
    private(set) var about = ShopifyHeaders()
    /// The base64 HMAC of the raw body.
    private(set) var signature: String?
    /// `traceparent`, of no use to anybody but those who trace.
    private(set) var traceparent: String?

    /// Reads the `X-Shopify-…` headers and the newer `Shopify-…` ones, which the older win over, in any letter case and in
    /// one pass: a look-up by name costs more than a glance at every header.
    init(_ headers: HTTPHeaders) {
        for (name, value) in headers {
            if name.utf8.count == Self.trace.count, Self.matches(name.utf8.prefix(Self.trace.count), Self.trace) {
                traceparent = value
            }
            guard let (field, isNewer) = Self.field(name.utf8) else { continue }
            set(field, value, onlyIfAbsent: isNewer)
        }
    }

    private enum Field: String, CaseIterable {
        case signature = "hmac-sha256"
        case topic
        case shopDomain = "shop-domain"
        case webhookID = "webhook-id"
        case eventID = "event-id"
        case triggeredAt = "triggered-at"
        case apiVersion = "api-version"
    }

    private static let trace = Array("traceparent".utf8)
    private static let (older, newer) = (Array("x-shopify-".utf8), Array("shopify-".utf8))
    private static let names = Field.allCases.map { (field: $0, name: Array($0.rawValue.utf8)) }

    private static func field(_ name: String.UTF8View) -> (Field, isNewer: Bool)? {
        guard let first = name.first.map({ $0 | 0x20 }), first == older[0] || first == newer[0] else { return nil }
        let prefix = first == newer[0] ? newer : older
        guard matches(name.prefix(prefix.count), prefix) else { return nil }
        let rest = name.dropFirst(prefix.count)
        let count = rest.count
        for (field, name) in names where name.count == count && matches(rest, name) {
            return (field, prefix.count == newer.count)
        }
        return nil
    }

    /// Equal but for the case of letters; a header name has no other bytes that differ in that bit only.
    private static func matches(_ name: Substring.UTF8View, _ lowerCase: [UInt8]) -> Bool {
        var index = 0
        for byte in name {
            guard index < lowerCase.count, byte | 0x20 == lowerCase[index] else { return false }
            index += 1
        }
        return index == lowerCase.count
    }

    private mutating func set(_ field: Field, _ value: String, onlyIfAbsent: Bool) {
        func put(_ place: inout String?) {
            if !onlyIfAbsent || place == nil { place = value }
        }
        switch field {
        case .signature: put(&signature)
        case .topic: put(&about.topic)
        case .shopDomain: put(&about.shopDomain)
        case .webhookID: put(&about.webhookID)
        case .eventID: put(&about.eventID)
        case .triggeredAt: put(&about.triggeredAt)
        case .apiVersion: put(&about.apiVersion)
        }
    }
}
