/// The headers of a Shopify webhook that mean something, as they came.
package struct ShopifyHeaders: Hashable, Sendable {
    /// `X-Shopify-Topic`.
    package var topic: String?
    /// `X-Shopify-Shop-Domain`.
    package var shopDomain: String?
    /// `X-Shopify-Webhook-Id`.
    package var webhookID: String?
    /// `X-Shopify-Event-Id`.
    package var eventID: String?
    /// `X-Shopify-Triggered-At`.
    package var triggeredAt: String?
    /// `X-Shopify-API-Version`.
    package var apiVersion: String?

    /// The headers that came; all of them may be missing.
    package init(
        topic: String? = nil,
        shopDomain: String? = nil,
        webhookID: String? = nil,
        eventID: String? = nil,
        triggeredAt: String? = nil,
        apiVersion: String? = nil
    ) {
        self.topic = topic
        self.shopDomain = shopDomain
        self.webhookID = webhookID
        self.eventID = eventID
        self.triggeredAt = triggeredAt
        self.apiVersion = apiVersion
    }

    /// The longest value we take, in bytes.
    package static let maxLength = 255

    /// The shop that a webhook is verified and stored under.
    package func shop(default defaultShop: String) -> String {
        shopDomain ?? defaultShop.trimmed.lowercased()
    }

    /// The headers trimmed, empty ones absent, topic and shop in lower case; throws for a value that is too long or has
    /// control characters.
    package func normalised() throws(IncomingEventError) -> ShopifyHeaders {
        ShopifyHeaders(
            topic: try Self.value(topic, "Topic")?.lowercased(),
            shopDomain: try Self.value(shopDomain, "Shop-Domain")?.lowercased(),
            webhookID: try Self.value(webhookID, "Webhook-Id"),
            eventID: try Self.value(eventID, "Event-Id"),
            triggeredAt: try Self.value(triggeredAt, "Triggered-At"),
            apiVersion: try Self.value(apiVersion, "API-Version")
        )
    }

    private static func value(_ text: String?, _ name: String) throws(IncomingEventError) -> String? {
        guard let text else { return nil }
        guard text.utf8.count <= maxLength, !text.hasControlCharacter else { throw .invalidHeader("X-Shopify-\(name)") }
        let value = text.trimmed
        return value.isEmpty ? nil : value
    }
}
