import HTTPTypes
import Orders

/// A header that Shopify sends as `X-Shopify-…` and, in newer versions, as `Shopify-…`.
struct ShopifyHeader {
    private let names: [HTTPField.Name]

    /// Made once: parsing a name costs more than looking it up.
    private init(_ name: String) {
        names = ["X-Shopify-", "Shopify-"].compactMap { HTTPField.Name($0 + name) }
    }

    static let signature = ShopifyHeader("Hmac-Sha256")
    static let topic = ShopifyHeader("Topic")
    static let shopDomain = ShopifyHeader("Shop-Domain")
    static let webhookID = ShopifyHeader("Webhook-Id")
    static let eventID = ShopifyHeader("Event-Id")
    static let triggeredAt = ShopifyHeader("Triggered-At")
    static let apiVersion = ShopifyHeader("API-Version")

    /// Its value, in any letter case of the name.
    func value(in fields: HTTPFields) -> String? {
        for name in names {
            if let value = fields[name] { return value }
        }
        return nil
    }
}

extension ShopifyHeaders {
    init(_ fields: HTTPFields) {
        self.init(
            topic: ShopifyHeader.topic.value(in: fields),
            shopDomain: ShopifyHeader.shopDomain.value(in: fields),
            webhookID: ShopifyHeader.webhookID.value(in: fields),
            eventID: ShopifyHeader.eventID.value(in: fields),
            triggeredAt: ShopifyHeader.triggeredAt.value(in: fields),
            apiVersion: ShopifyHeader.apiVersion.value(in: fields)
        )
    }
}
