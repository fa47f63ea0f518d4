/// One call to the sandbox as it came in.
package struct SandboxCall: Sendable, Equatable {
    /// Who is called.
    package enum Side: String, Sendable, CaseIterable {
        case courier, shopify
    }

    /// What is asked for.
    package enum Operation: String, Sendable, CaseIterable {
        case book
        case lookUp = "look-up"
        case cancel
        case returnShipment = "return"
        /// Reads an order in Shopify.
        case order
        case fulfillmentCreate = "fulfillment-create"
        case fulfillmentTrackingUpdate = "fulfillment-tracking-update"
        case fulfillmentEventCreate = "fulfillment-event-create"
        case orderMarkAsPaid = "order-mark-as-paid"
        case orderUpdate = "order-update"

        package var side: Side {
            switch self {
            case .book, .lookUp, .cancel, .returnShipment: .courier
            case .order, .fulfillmentCreate, .fulfillmentTrackingUpdate, .fulfillmentEventCreate, .orderMarkAsPaid, .orderUpdate:
                .shopify
            }
        }

        /// Whether doing it twice does harm, so that an unknown outcome must be looked up first.
        var mustNotRepeat: Bool { self == .book || self == .fulfillmentCreate || self == .fulfillmentEventCreate }
        /// Whether it only reads.
        var isLookUp: Bool { self == .lookUp || self == .order }
        /// Points that it costs in Shopify.
        var cost: Double { isLookUp ? 3 : 10 }
    }

    package var operation: Operation
    /// The reference of a shipment, or the id of an order in Shopify.
    package var subject: String
    /// What the caller calls this effect: its idempotency key.
    package var key: String
    package var shop: String
    /// Counts the caller's tries of this effect; 0 when it does not say.
    package var attempt: Int
    /// The header of that name.
    package var traceparent: String?

    package init(operation: Operation, subject: String, key: String, shop: String = "", attempt: Int = 0) {
        self.operation = operation
        self.subject = subject
        self.key = key
        self.shop = shop
        self.attempt = attempt
    }

    /// Whether a scope such as `courier`, `shopify` or `book` means this call; nil means every call.
    func isIn(_ scope: String?) -> Bool {
        scope == nil || scope == operation.rawValue || scope == operation.side.rawValue
    }

    static func isScope(_ text: String) -> Bool {
        Side(rawValue: text) != nil || Operation(rawValue: text) != nil
    }
}
