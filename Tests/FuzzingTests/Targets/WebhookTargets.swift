import Orders

extension FuzzTarget {
    /// A Shopify webhook: identified and decoded the same each time, by its own words only.
    static let shopify = FuzzTarget(
        name: "shopify",
        dictionary: JSONWords.all + topics + [
            "\"updated_at\":\"2026-01-18T17:00:01Z\"", "\"cancelled_at\":\"1970-01-01\"", "\"id\":", "\"order_id\":",
            "gid://shopify/Order/", "\"fulfillments\":[", "\"financial_status\":\"cancelled\"",
        ]
    ) { bytes in
        let message = FuzzMessage(bytes)
        var headers = ShopifyHeaders(
            topic: message["Topic"],
            shopDomain: message["Shop-Domain"],
            webhookID: message["Webhook-Id"],
            eventID: message["Event-Id"],
            triggeredAt: message["Triggered-At"]
        )
        do {
            headers = try headers.normalised()
            try hold(try headers.normalised() == headers, "headers have two normal forms")
            let event = try shopifyEvent(headers, message.body, at: .epoch)
            let later = try shopifyEvent(headers, message.body, at: .latest)
            try hold(event.id == later.id && event.fact == later.fact, "the time of arrival shows in the identity")
            try hold(!event.refID.isEmpty && event.refID.utf8.count <= 512, "an id without bounds")
            guard event.subject.kind == "order" else { return event.subject.kind }
            return try FactChecks.merged(FactChecks.stored(event))
        } catch let error as IncomingEventError {
            try hold(error.description.utf8.count < 512, "the refusal is as long as the body")
            return "\(error)".prefix(24).description
        }
    }

    private static func shopifyEvent(_ headers: ShopifyHeaders, _ body: [UInt8], at: Instant) throws -> IncomingEvent {
        try IncomingEvent.shopify(headers, body: body, receivedAt: at, defaultShop: "default.myshopify.com")
    }

    /// A courier's callback, in the form of every provider.
    static let courier = FuzzTarget(
        name: "courier",
        dictionary: JSONWords.all + [
            "\"tracking_number\":", "\"trackingNumber\":", "\"state\":45", "\"type\":\"RTO\"", "\"timeStamp\":1e99",
            "\"timestamp\":\"2026-01-18T17:00:01+14:00\"", "\"shipments\":[", "\"result\":{", "\"data\":{", "\"checkpoints\":[",
        ]
    ) { bytes in
        let message = FuzzMessage(bytes)
        guard let provider = message["Provider"].flatMap({ CourierProvider(rawValue: $0) }) else { return "nobody" }
        do {
            let events = try IncomingEvent.courier(provider, body: message.body, receivedAt: .epoch)
            try hold(!events.isEmpty && events.count <= IncomingEvent.maxWaybills, "parcels without bounds")
            try hold(Set(events.map(\.id)).count == events.count, "two parcels have one identity")
            let again = try IncomingEvent.courier(provider, body: message.body, receivedAt: .latest)
            try hold(again.map(\.id) == events.map(\.id), "the time of arrival shows in the identity")
            var words = ""
            for event in events.prefix(3) { words = try FactChecks.merged(FactChecks.stored(event)) }
            return "\(provider) \(words)"
        } catch let error as IncomingEventError {
            try hold(error.description.utf8.count < 512, "the refusal is as long as the body")
            return "\(provider) \("\(error)".prefix(16))"
        }
    }

    private static let topics = [
        "orders/create", "orders/edited", "refunds/create", "fulfillments/update", "fulfillment_events/create", "orders/delete",
        "order_transactions/create", "fulfillment_holds/added", "console/edit", "disputes/create", "moon/landed",
    ]

    /// The small texts inside of bodies.
    static let text = FuzzTarget(
        name: "text",
        dictionary: [
            "2026-01-18T17:00:01+02:00", "9999-12-31T23:59:59.999999Z", "-00:00", "+23:59", "0.00009", "-0", "ŉ", "ß", "İ", "ǰ",
            "922337203685477.5807", "\u{FB03}", "DHL Express",
        ]
    ) { bytes in
        let text = String(decoding: bytes.prefix(512), as: UTF8.self)
        var words: [String] = []
        if let instant = Instant(iso8601: text) {
            try hold(Instant(iso8601: instant.iso8601) == instant, "an instant is not read as it was written: \(text)")
            words.append("instant")
        }
        if let money = Money(text) {
            try hold(Money(money.description) == money, "an amount is not read as it was written: \(text)")
            words.append("money")
        }
        if let courier = CourierName(text) {
            try hold(CourierName(courier.rawValue) == courier, "a courier's name has two normal forms: \(text)")
            let waybill = Waybill(courier: courier, trackingNumber: text)
            let again = Waybill(courier: courier, trackingNumber: waybill.trackingNumber)
            try hold(again == waybill && again.id == waybill.id, "a tracking number has two normal forms: \(text)")
            words.append("courier")
        }
        return words.joined(separator: " ")
    }
}
