import Orders

extension World {
    private static let shop = "sim.myshopify.com"
    private static let topics = ["orders/create", "orders/updated", "orders/paid", "orders/cancelled"]

    /// Orders with few distinct seconds and contents, so that most events collide: out of order, twice, under two names, at
    /// other times; child events and callbacks before their order.
    func schedule(orders: Int, eventsPerOrder: Int) {
        let end = Int64(orders) * 120_000
        for order in 0..<orders {
            for _ in 0..<eventsPerOrder { scheduleEvent(of: order, from: Int64(order) * 120_000) }
        }
        if happens(faults.flush) { scheduleFlush(at: random(0...end)) }
        if happens(faults.flush) { scheduleFlush(at: random(0...end)) }
        for _ in 0..<random(0...4) { scheduleRedaction(of: random(0...Int64(orders)), at: random(0...end)) }
        if happens(4) { scheduleRedaction(of: nil, at: random(0...end)) }
        if happens(faults.pause) { schedulePause(at: random(0...end), for: random(1_000_000...6_000_000)) }
    }

    private func scheduleEvent(of order: Int, from start: Int64) {
        let event = event(of: order, name: "e\(random(0...1 << 40))")
        let time = start + random(0...4_000_000)
        send(event, at: time)
        // A sender's retry, now and then with another Triggered-At.
        if happens(3) { send(happens(3) ? at(time + 1, event) : event, at: time + random(0...3_000_000)) }
        // The same body under another name.
        if happens(8) { send(renamed(event), at: time + random(0...8_000_000)) }
    }

    /// The customer of an order, or the whole shop, wants to be forgotten.
    private func scheduleRedaction(of order: Int64?, at time: Int64) {
        let orders = order.map { #","customer":{"id":7},"orders_to_redact":[\#($0)]"# } ?? ""
        let body = #"{"shop_id":1,"shop_domain":"\#(Self.shop)"\#(orders)}"#
        let topic = order == nil ? "shop/redact" : "customers/redact"
        send(shopify(topic, body, name: "redact-\(order ?? -1)", triggeredAt: nil), at: time)
    }

    private func event(of order: Int, name: String) -> IncomingEvent {
        let second = random(0...3)
        let stamp = "2026-01-18T17:00:0\(second)Z"
        let (topic, body): (String, String) =
            switch random(0...9) {
            case 0: ("refunds/create", #"{"id":\#(random(0...2)),"order_id":\#(order),"created_at":"\#(stamp)"}"#)
            case 1:
                (
                    random(0...1) == 0 ? "fulfillment_holds/added" : "fulfillment_holds/released",
                    #"{"order_id":\#(order),"fulfillment_hold":{"id":"h"},"updated_at":"\#(stamp)"}"#
                )
            case 2: ("order_transactions/create", #"{"id":\#(random(0...2)),"order_id":\#(order),"created_at":"\#(stamp)"}"#)
            default: (Self.topics[Int(random(0...3))], orderBody(order, stamp))
            }
        return shopify(topic, body, name: name, triggeredAt: happens(2) ? stamp : nil)
    }

    private func orderBody(_ order: Int, _ stamp: String) -> String {
        let status = ["pending", "paid", "paid", "refunded"][Int(random(0...3))]
        let cancelled = happens(6) ? #","cancelled_at":"\#(stamp)""# : ""
        let address = #","shipping_address":{"city":"\#(happens(8) ? "Giza" : "Cairo")"},"line_items":[{"id":1,"quantity":1}]"#
        return
            #"{"id":\#(order),"updated_at":"\#(stamp)","financial_status":"\#(status)","total_price":"10.00"\#(cancelled)\#(address)}"#
    }

    private func shopify(_ topic: String, _ body: String, name: String, triggeredAt: String?) -> IncomingEvent {
        let headers = ShopifyHeaders(topic: topic, shopDomain: Self.shop, webhookID: name, triggeredAt: triggeredAt)
        do {
            return try .shopify(headers, body: Array(body.utf8), receivedAt: received, defaultShop: Self.shop)
        } catch {
            preconditionFailure("the scenario writes a bad body: \(error)")
        }
    }

    private var received: Instant { Instant(microseconds: now + random(0...1_000_000)) ?? .epoch }

    private func at(_ time: Int64, _ event: IncomingEvent) -> IncomingEvent {
        shopify(
            event.topic,
            String(decoding: event.body, as: UTF8.self),
            name: event.deliveryID ?? "",
            triggeredAt: "2026-01-18T16:59:5\(time % 10)Z"
        )
    }

    private func renamed(_ event: IncomingEvent) -> IncomingEvent {
        shopify(
            event.topic,
            String(decoding: event.body, as: UTF8.self),
            name: "r\(event.deliveryID ?? "")",
            triggeredAt: event.triggeredAt?.iso8601
        )
    }
}
