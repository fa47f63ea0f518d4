import Orders

/// Many orders, each created, updated, paid and cancelled, everything shuffled and some of it delivered twice.
package struct Storm: Sendable {
    /// Deliveries in total, repeated ones included.
    package var webhooks = 20_000
    package var orders = 5_000
    /// The share of deliveries that repeat another one.
    package var duplicates = 0.1
    package var shop: String
    /// Chooses the orders' ids as well: two seeds never meet in one order unless they are equal modulo 900,000.
    package var seed: UInt64
    package var size = BodySize.realistic

    private static let start = Instant(unixSeconds: 1_768_755_600) ?? .epoch
    /// How often a step of an order happens within the same second as the one before it.
    private static let tieShare = 0.4
    /// How often a delivery names the moment it was triggered.
    private static let triggeredShare = 0.8

    package init(shop: String, seed: UInt64) {
        self.shop = shop
        self.seed = seed
    }

    /// All deliveries, shuffled.
    package func deliveries() -> [Webhook] {
        var random = SplitMix64(seed: seed)
        let repeated = min(Int(Double(webhooks) * duplicates), webhooks - 1)
        let distinct = webhooks - repeated
        let orderCount = min(orders, distinct)
        var deliveries: [Webhook] = []
        deliveries.reserveCapacity(webhooks)
        for order in 0..<orderCount {
            let steps = distinct / orderCount + (order < distinct % orderCount ? 1 : 0)
            deliveries += history(of: order, steps: steps, &random)
        }
        for _ in 0..<repeated { deliveries.append(deliveries[random.int(in: 0..<distinct)]) }
        random.shuffle(&deliveries)
        return deliveries
    }

    private func history(of order: Int, steps: Int, _ random: inout SplitMix64) -> [Webhook] {
        let id = Int64(6_000_000_000_000) + Int64(seed % 900_000) * 1_000_000 + Int64(order)
        let createdAt = Self.start.advanced(byMicroseconds: Int64(order % 3_600) * 1_000_000)
        let price = Money(tenThousandths: Int64(random.int(in: 100..<50_000)) * 100)
        let lines = random.int(in: 1..<4)
        var updatedAt = createdAt
        var cancelledAt: Instant?
        return (0..<steps).map { step in
            if step > 0, !random.chance(Self.tieShare) {
                updatedAt = updatedAt.advanced(byMicroseconds: Int64(random.int(in: 1..<4)) * 1_000_000)
            }
            let (topic, status) = Self.step(step)
            if topic == "orders/cancelled" { cancelledAt = updatedAt }
            var draft = OrderDraft(
                id: .number(id),
                createdAt: createdAt,
                updatedAt: updatedAt,
                financialStatus: status,
                totalPrice: price
            )
            draft.cancelledAt = cancelledAt
            draft.lines = lines
            let delay = Int64(random.int(in: 1..<900_000))
            return Webhook(
                topic: topic,
                shop: shop,
                webhookID: "chaos-storm-\(id)-\(step)",
                eventID: "chaos-event-\(id)-\(step)",
                triggeredAt: random.chance(Self.triggeredShare) ? updatedAt.advanced(byMicroseconds: delay) : nil,
                body: draft.body(size)
            )
        }
    }

    private static func step(_ step: Int) -> (topic: String, status: String) {
        switch step {
        case 0: ("orders/create", "pending")
        case 1: ("orders/updated", "pending")
        case 2: ("orders/paid", "paid")
        case 3: ("orders/cancelled", "voided")
        default: ("orders/updated", "voided")
        }
    }
}
