import HTTPTypes
import Orders

extension ShopifyHeaders {
    init(_ fields: HTTPFields) {
        self.init(
            topic: fields[shopify: "Topic"],
            shopDomain: fields[shopify: "Shop-Domain"],
            webhookID: fields[shopify: "Webhook-Id"],
            eventID: fields[shopify: "Event-Id"],
            triggeredAt: fields[shopify: "Triggered-At"],
            apiVersion: fields[shopify: "API-Version"]
        )
    }
}

extension HTTPFields {
    /// The `X-Shopify-` form of a header, else the newer form without `X-`.
    subscript(shopify name: String) -> String? {
        for prefix in ["X-Shopify-", "Shopify-"] {
            if let name = HTTPField.Name(prefix + name), let value = self[name] { return value }
        }
        return nil
    }
}
