extension IncomingEvent {
    /// The `source` of Shopify's webhooks.
    package static let shopifySource = "shopify"

    /// A body without a topic is taken for a whole order.
    private static let defaultTopic = "orders/updated"

    /// The event of a verified webhook, its headers normalised. An illegible Triggered-At counts as absent: it must not cost the event.
    package static func shopify(
        _ headers: ShopifyHeaders,
        body: [UInt8],
        receivedAt: Instant,
        defaultShop: String
    ) throws(IncomingEventError) -> IncomingEvent {
        let document = try object(body)
        let root = document.root
        let topic = headers.topic ?? defaultTopic
        let shop = headers.shop(default: defaultShop)
        let refID = try OrderAddress(topic: topic)?.refID(in: root, topic: topic)
        let subject: Subject =
            if let refID {
                .order(OrderID(source: shopifySource, shop: shop, refID: refID))
            } else {
                .shop(ShopID(source: shopifySource, shop: shop))
            }
        return IncomingEvent(
            subject: subject,
            source: shopifySource,
            shop: shop,
            topic: topic,
            refID: refID ?? Redaction.customer(topic: topic, in: document) ?? shop,
            name: headers.eventID.map { "event:\($0)" } ?? headers.webhookID.map { "webhook:\($0)" },
            deliveryID: headers.webhookID,
            triggeredAt: headers.triggeredAt.flatMap { Instant(iso8601: $0) },
            receivedAt: receivedAt,
            body: body,
            bodyHash: Digest(of: body)
        )
    }
}
