import HTTPTypes
import Orders

/// What a Shopify webhook says in its headers: about itself, and about who signed it.
struct SignedHeaders {
    private(set) var about = ShopifyHeaders()
    /// The base64 HMAC of the raw body.
    private(set) var signature: String?

    /// Reads the `X-Shopify-…` headers and the newer `Shopify-…` ones, which the older win over, in any letter case and in
    /// one pass: a look-up by name costs more than a glance at every header.
    init(_ fields: HTTPFields) {
        for field in fields {
            guard let (place, isNewer) = Self.places[field.name] else { continue }
            if isNewer, self[keyPath: place] != nil { continue }
            self[keyPath: place] = field.value
        }
    }

    private typealias Place = any WritableKeyPath<SignedHeaders, String?> & Sendable

    private static let places: [HTTPField.Name: (place: Place, isNewer: Bool)] = {
        let places: [(String, Place)] = [
            ("Hmac-Sha256", \.signature), ("Topic", \.about.topic), ("Shop-Domain", \.about.shopDomain),
            ("Webhook-Id", \.about.webhookID), ("Event-Id", \.about.eventID), ("Triggered-At", \.about.triggeredAt),
            ("API-Version", \.about.apiVersion),
        ]
        return places.reduce(into: [:]) { names, entry in
            if let name = HTTPField.Name("X-Shopify-" + entry.0) { names[name] = (entry.1, false) }
            if let name = HTTPField.Name("Shopify-" + entry.0) { names[name] = (entry.1, true) }
        }
    }()
}
