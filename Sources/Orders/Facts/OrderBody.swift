/// A body that is the whole order.
struct OrderBody {
    private let body: FactBody
    private let members: MemberIndex

    init(_ body: FactBody) {
        self.body = body
        members = MemberIndex(body.root)
    }

    /// The snapshot, and what its lists feed to other registers.
    func parts(_ statuses: CourierStatusMap) -> [OrderFact] {
        let isAlias = members.text("financial_status") == Self.cancelledAlias
        let (updatedAt, timeSource) = snapshotTime
        let cancelledAt = members.instant("cancelled_at") ?? (isAlias ? updatedAt : nil)
        let financial = isAlias ? .voided : members.text("financial_status").map(FinancialStatus.init)
        let fulfillment = members.text("fulfillment_status").map(FulfillmentStatus.init)
        let key = SnapshotKey(
            updatedAt: updatedAt,
            triggeredAt: body.triggeredAt,
            cancelled: cancelledAt != nil,
            financialRank: financial?.rank ?? FinancialStatus.unknownRank,
            fulfillmentRank: FulfillmentStatus.rank(fulfillment),
            bodyHash: body.fact.bodyHash,
            topic: ExactText(body.fact.topic)
        )

        var snapshot = Snapshot(key: key, timeSource: timeSource)
        snapshot.financialStatus = financial
        snapshot.fulfillmentStatus = fulfillment
        describe(&snapshot)
        identify(&snapshot)

        var parts = [OrderFact.snapshot(snapshot)]
        if let cancelledAt {
            parts.append(.cancellation(Cancellation(at: cancelledAt, reason: members.text("cancel_reason"), key: key)))
        }
        for element in members.elements("refunds") { parts += body.refund(element) }
        parts += members.elements("transactions").flatMap(body.transaction)
        for element in members.elements("fulfillments") { parts += body.fulfillment(element, bodyHash: nil, statuses) }
        return parts
    }

    /// Never sent by Shopify; older senders mean a voided and cancelled order by it.
    private static let cancelledAlias = "cancelled"

    private var snapshotTime: (Instant, Snapshot.TimeSource) {
        if let updatedAt = members.instant("updated_at") { return (updatedAt, .updatedAt) }
        if let triggeredAt = body.fact.triggeredAt { return (triggeredAt, .triggeredAt) }
        return (body.fact.receivedAt, .receivedAt)
    }

    private func describe(_ snapshot: inout Snapshot) {
        snapshot.createdAt = members.instant("created_at")
        snapshot.name = members.text("name")
        snapshot.orderNumber = members.text("order_number")
        snapshot.test = members.flag("test") ?? false
        snapshot.currency = members.text("currency")
        snapshot.totalPrice = members.money("total_price")
        snapshot.subtotalPrice = members.money("subtotal_price")
        snapshot.shippingPrice = shippingPrice
        snapshot.gateways = members.elements("payment_gateway_names").compactMap(\.text)
        snapshot.tags = members.text("tags").flatMap { $0.isEmpty ? nil : $0 }
        snapshot.lines = members.elements("line_items").map(line)
    }

    private func identify(_ snapshot: inout Snapshot) {
        snapshot.customer = customer
        snapshot.shippingAddress = members["shipping_address"].flatMap(PostalAddress.canonicalJSON)
        snapshot.billingAddress = members["billing_address"].flatMap(PostalAddress.canonicalJSON)
        snapshot.note = members.text("note")
    }

    /// Nil when the order has no shipping line at all.
    private var shippingPrice: Money? {
        let prices = members.elements("shipping_lines").filter { $0.flag("is_removed") != true }
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
        let element = members["customer"]
        let names = [element?.text("first_name"), element?.text("last_name")].compactMap(\.self)
        let customer = Customer(
            id: element?.text("id"),
            name: names.isEmpty
                ? element?.text("name") ?? members["shipping_address"]?.text("name") : names.joined(separator: " "),
            email: element?.text("email") ?? members.text("email") ?? members.text("contact_email"),
            phone: element?.text("phone") ?? members.text("phone")
        )
        return customer.isEmpty ? nil : customer
    }
}
