package import Orders

/// One Shopify webhook as a sender would deliver it.
package struct Webhook: Sendable, Equatable {
    package var topic: String
    package var shop: String
    package var webhookID: String
    /// Absent in most senders' test tools; real Shopify sends it.
    package var eventID: String?
    /// The moment the event happened at its source; absent from some deliveries.
    package var triggeredAt: Instant?
    package var body: [UInt8]

    package init(
        topic: String,
        shop: String,
        webhookID: String,
        eventID: String? = nil,
        triggeredAt: Instant? = nil,
        body: [UInt8]
    ) {
        self.topic = topic
        self.shop = shop
        self.webhookID = webhookID
        self.eventID = eventID
        self.triggeredAt = triggeredAt
        self.body = body
    }

    /// The event that ingest makes of it.
    package func event(receivedAt: Instant) throws -> IncomingEvent {
        let headers = ShopifyHeaders(
            topic: topic,
            shopDomain: shop,
            webhookID: webhookID,
            eventID: eventID,
            triggeredAt: triggeredAt?.description,
            apiVersion: Self.apiVersion
        )
        return try IncomingEvent.shopify(headers.normalised(), body: body, receivedAt: receivedAt, defaultShop: shop)
    }

    /// The request that delivers it to the server named by `host`, signed.
    package func request(host: String, signer: ShopifySigner) -> PreparedRequest {
        var headers = [
            ("Content-Type", "application/json"),
            ("User-Agent", "Shopify-Captain-Hook"),
            ("X-Shopify-Topic", topic),
            ("X-Shopify-Hmac-Sha256", signer.signature(of: body)),
            ("X-Shopify-Shop-Domain", shop),
            ("X-Shopify-API-Version", Self.apiVersion),
            ("X-Shopify-Webhook-Id", webhookID),
        ]
        if let eventID { headers.append(("X-Shopify-Event-Id", eventID)) }
        if let triggeredAt { headers.append(("X-Shopify-Triggered-At", triggeredAt.description)) }
        return PreparedRequest(path: Self.path, host: host, headers: headers, body: body)
    }

    /// Where Shopify's webhooks go.
    package static let path = "/webhooks/shopify"
    private static let apiVersion = "2026-07"
}
