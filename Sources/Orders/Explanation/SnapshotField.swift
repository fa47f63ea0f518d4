/// One field that an order's source describes: its name, and what a snapshot says of it.
struct SnapshotField: Sendable {
    let name: String
    var isPersonal = false
    let value: @Sendable (Snapshot) -> FieldValue?

    static let name = SnapshotField(name: "name") { FieldValue($0.name) }
    static let financialStatus = SnapshotField(name: "financial_status") { FieldValue($0.financialStatus?.text) }
    static let fulfillmentStatus = SnapshotField(name: "fulfillment_status") { FieldValue($0.fulfillmentStatus?.text) }
    static let totalPrice = SnapshotField(name: "total_price") { FieldValue($0.totalPrice?.description) }
    static let currency = SnapshotField(name: "currency") { FieldValue($0.currency) }
    static let gateways = SnapshotField(name: "payment_gateways") { FieldValue.list($0.gateways) }
    static let tags = SnapshotField(name: "tags") { FieldValue($0.tags) }
    static let lines = SnapshotField(name: "line_items") { FieldValue.lines($0.lines) }
    static let businessUpdatedAt = SnapshotField(name: "business_updated_at") { FieldValue($0.key.updatedAt.iso8601) }
    static let customer = SnapshotField(name: "customer", isPersonal: true) { FieldValue(json: $0.customer?.canonicalJSON) }
    static let shippingAddress = SnapshotField(name: "shipping_address", isPersonal: true) {
        FieldValue(json: $0.shippingAddress)
    }
    static let note = SnapshotField(name: "note", isPersonal: true) { FieldValue($0.note) }
    /// Nil without shipping lines and without a total.
    static let shippingFee = SnapshotField(name: "shipping_fee") { snapshot in
        FieldValue(
            ShippingFee.fee(booked: nil, shippingLines: snapshot.shippingPrice, total: snapshot.totalPrice)?.description
        )
    }

    /// The fields that nothing but snapshots sets.
    static let plain = [
        name, financialStatus, fulfillmentStatus, totalPrice, currency, gateways, tags, lines, businessUpdatedAt, customer,
    ]
}

extension FieldValue {
    fileprivate static func list(_ texts: [String]) -> FieldValue? {
        texts.isEmpty ? nil : .text(texts.joined(separator: ", "))
    }

    /// How many of what; the rest of a line is in the order itself.
    fileprivate static func lines(_ lines: [OrderLine]) -> FieldValue? {
        list(lines.map { "\($0.quantity) × \($0.sku ?? $0.title ?? $0.id ?? "?") (\($0.fulfillableQuantity) to ship)" })
    }
}
