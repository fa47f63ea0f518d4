/// The whole order as its source described it once; the snapshot with the greatest key is the one that counts.
package struct Snapshot: Equatable, Sendable {
    /// Where the time in the key comes from.
    package enum TimeSource: String, Sendable {
        case updatedAt = "updated_at"
        case triggeredAt = "triggered_at"
        case receivedAt = "received_at"
    }

    package var key: SnapshotKey
    package var timeSource: TimeSource
    package var createdAt: Instant?
    package var name: String?
    package var orderNumber: String?
    package var test = false
    package var financialStatus: FinancialStatus?
    package var fulfillmentStatus: FulfillmentStatus?
    package var currency: String?
    package var totalPrice: Money?
    package var subtotalPrice: Money?
    /// The sum of the shipping lines; nil when there are none.
    package var shippingPrice: Money?
    package var gateways: [String] = []
    package var tags: String?
    package var lines: [OrderLine] = []
    // What follows is personal, see `redact()`.
    package var customer: Customer?
    /// Canonical JSON.
    package var shippingAddress: [UInt8]?
    /// Canonical JSON.
    package var billingAddress: [UInt8]?
    package var note: String?

    package init(key: SnapshotKey, timeSource: TimeSource) {
        self.key = key
        self.timeSource = timeSource
    }

    /// Forgets who ordered; the key stays, so the winner stays.
    package mutating func redact() {
        customer = nil
        shippingAddress = nil
        billingAddress = nil
        note = nil
    }
}

/// Who ordered.
package struct Customer: Equatable, Sendable {
    package var id: String?
    package var name: String?
    package var email: String?
    package var phone: String?

    package init(id: String? = nil, name: String? = nil, email: String? = nil, phone: String? = nil) {
        self.id = id
        self.name = name
        self.email = email
        self.phone = phone
    }

    /// Whether nothing is known at all.
    package var isEmpty: Bool { id == nil && name == nil && email == nil && phone == nil }
}

/// One line of an order.
package struct OrderLine: Equatable, Sendable {
    package var id: String?
    package var title: String?
    package var sku: String?
    package var quantity: Int64
    /// How many are still to be shipped.
    package var fulfillableQuantity: Int64
    package var requiresShipping: Bool
    package var price: Money?
}
