extension FactBody {
    /// A body that is the whole order: the snapshot, and what its lists feed to other registers.
    func order(_ statuses: CourierStatusMap) -> [OrderFact] {
        let isAlias = root.text("financial_status") == Self.cancelledAlias
        let (updatedAt, timeSource) = snapshotTime
        let cancelledAt = root.instant("cancelled_at") ?? (isAlias ? updatedAt : nil)
        let financial = isAlias ? .voided : root.text("financial_status").map(FinancialStatus.init)
        let fulfillment = root.text("fulfillment_status").map(FulfillmentStatus.init)
        let key = SnapshotKey(
            updatedAt: updatedAt,
            triggeredAt: triggeredAt,
            cancelled: cancelledAt != nil,
            financialRank: financial?.rank ?? FinancialStatus.unknownRank,
            fulfillmentRank: FulfillmentStatus.rank(fulfillment),
            bodyHash: fact.bodyHash,
            topic: ExactText(fact.topic)
        )

        var snapshot = Snapshot(key: key, timeSource: timeSource)
        snapshot.financialStatus = financial
        snapshot.fulfillmentStatus = fulfillment
        describe(&snapshot)
        identify(&snapshot)

        var parts = [OrderFact.snapshot(snapshot)]
        if let cancelledAt {
            parts.append(.cancellation(Cancellation(at: cancelledAt, reason: root.text("cancel_reason"), key: key)))
        }
        for element in root.elements("refunds") { parts += refund(element) }
        for element in root.elements("fulfillments") { parts += self.fulfillment(element, bodyHash: nil, statuses) }
        return parts
    }

    /// Never sent by Shopify; older senders mean a voided and cancelled order by it.
    private static let cancelledAlias = "cancelled"

    private var snapshotTime: (Instant, Snapshot.TimeSource) {
        if let updatedAt = root.instant("updated_at") { return (updatedAt, .updatedAt) }
        if let triggeredAt = fact.triggeredAt { return (triggeredAt, .triggeredAt) }
        return (fact.receivedAt, .receivedAt)
    }

    private func describe(_ snapshot: inout Snapshot) {
        snapshot.createdAt = root.instant("created_at")
        snapshot.name = root.text("name")
        snapshot.orderNumber = root.text("order_number")
        snapshot.test = root.flag("test") ?? false
        snapshot.currency = root.text("currency")
        snapshot.totalPrice = root.money("total_price")
        snapshot.subtotalPrice = root.money("subtotal_price")
        snapshot.shippingPrice = shippingPrice
        snapshot.gateways = root.elements("payment_gateway_names").compactMap(\.text)
        snapshot.tags = root.text("tags").flatMap { $0.isEmpty ? nil : $0 }
        snapshot.lines = root.elements("line_items").map(line)
    }

    private func identify(_ snapshot: inout Snapshot) {
        snapshot.customer = customer
        snapshot.shippingAddress = root["shipping_address"].flatMap(address)
        snapshot.billingAddress = root["billing_address"].flatMap(address)
        snapshot.note = root.text("note")
    }

    /// Nil when the order has no shipping line at all.
    private var shippingPrice: Money? {
        let prices = root.elements("shipping_lines").filter { $0.flag("is_removed") != true }
            .compactMap { $0.money("discounted_price") ?? $0.money("price") }
        return prices.isEmpty ? nil : prices.reduce(.zero, +)
    }

    private func line(_ element: JSONValue) -> OrderLine {
        let quantity = element.integer("quantity") ?? 1
        return OrderLine(
            id: element.text("id"),
            title: element.text("title") ?? element.text("name"),
            sku: element.text("sku"),
            quantity: quantity,
            fulfillableQuantity: element.integer("fulfillable_quantity") ?? quantity,
            requiresShipping: element.flag("requires_shipping") ?? true,
            price: element.money("price")
        )
    }

    private var customer: Customer? {
        let element = root["customer"]
        let names = [element?.text("first_name"), element?.text("last_name")].compactMap(\.self)
        let customer = Customer(
            id: element?.text("id"),
            name: names.isEmpty
                ? element?.text("name") ?? root["shipping_address"]?.text("name") : names.joined(separator: " "),
            email: element?.text("email") ?? root.text("email") ?? root.text("contact_email"),
            phone: element?.text("phone") ?? root.text("phone")
        )
        return customer.isEmpty ? nil : customer
    }

    private func address(_ value: JSONValue) -> [UInt8]? {
        value.isObject ? value.canonicalJSON : nil
    }
}
