import Orders

/// Many conflicting webhooks about one order, to be sent at the same moment.
package struct Burst: Sendable {
    /// How many webhooks; each is a fact of its own.
    package var count = 100
    /// The text id of the order.
    package var order = "order_chaos_test_12345"
    package var shop: String
    package var seed: UInt64
    package var size = BodySize.minimal

    /// The moment in which all of it happens: one second, so that only milliseconds tell the webhooks apart.
    private static let start = Instant(unixSeconds: 1_768_761_784) ?? .epoch
    private static let statuses = ["paid", "pending", "authorized"]
    private static let maxPrice = 500

    package init(shop: String, seed: UInt64) {
        self.shop = shop
        self.seed = seed
    }

    /// The webhooks in the order they are to be sent; no two bodies are equal.
    package func webhooks() -> [Webhook] {
        var random = SplitMix64(seed: seed)
        var bodies: Set<[UInt8]> = []
        var webhooks: [Webhook] = []
        while webhooks.count < count {
            let milliseconds = random.int(in: 0..<1_000)
            let updatedAt = Self.start.advanced(byMicroseconds: Int64(milliseconds) * 1_000)
            let status = Self.statuses[random.int(in: 0..<Self.statuses.count)]
            let price = Money(tenThousandths: Int64(random.int(in: 0..<Self.maxPrice * 100 + 1)) * 100)
            let draft = OrderDraft(
                id: .text(order),
                createdAt: Self.start,
                updatedAt: updatedAt,
                financialStatus: status,
                totalPrice: price
            )
            let body = draft.body(size)
            guard bodies.insert(body).inserted else { continue }
            let id = "chaos-webhook-\(order)-\(webhooks.count + 1)"
            webhooks.append(Webhook(topic: "orders/updated", shop: shop, webhookID: id, body: body))
        }
        return webhooks
    }
}
