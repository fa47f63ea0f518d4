/// Where the bodies of a topic name the order they are about.
package struct OrderAddress: Sendable {
    /// Tried in turn.
    let paths: [[String]]
    /// Whether a body that names no order is malformed; otherwise it is about its shop.
    let isRequired: Bool

    /// The longest order id we take, in characters.
    package static let maxLength = 64

    /// Nil for topics that are about no order.
    init?(topic: String) {
        let family = topic.prefix { $0 != "/" }
        guard let address = Self.topics[topic] ?? Self.topics["\(family)/*"] else { return nil }
        self = address
    }

    /// The order id of a body; nil when it has none and needs none. Nothing is asked of topics that nobody knows.
    func refID(in body: JSONValue, topic: String) throws(IncomingEventError) -> String? {
        let isUnknown = FactTopic(source: IncomingEvent.shopifySource, topic: topic) == .unmapped
        for path in paths {
            guard let text = body.value(at: path)?.text?.trimmed, !text.isEmpty else { continue }
            let id = Self.withoutGlobalPrefix(text)
            guard Self.isLegible(id) else {
                if isUnknown { continue }
                throw .invalidOrderID
            }
            return id
        }
        if isRequired, !isUnknown { throw .missingOrderID(topic: topic) }
        return nil
    }

    /// Whether an order can be called so; never like a customer, because redactions tell the two apart by their names.
    static func isLegible(_ id: String) -> Bool {
        !id.isEmpty && id.count <= maxLength && id.utf8.count <= 4 * maxLength && !id.hasControlCharacter
            && !Redaction.isCustomer(id)
    }

    static func withoutGlobalPrefix(_ id: String) -> String {
        id.hasPrefix(globalPrefix) ? String(id.dropFirst(globalPrefix.count)) : id
    }

    /// How the GraphQL API writes an order id.
    private static let globalPrefix = "gid://shopify/Order/"

    private static let document = OrderAddress([["id"]])
    private static let child = OrderAddress([["order_id"]])
    /// Shopify sends some of these without their order.
    private static let fulfillmentOrder = OrderAddress(
        [["fulfillment_order", "order_id"], ["order_id"]],
        isRequired: false
    )

    private static let topics: [String: OrderAddress] = [
        "orders/*": document,
        "orders/edited": OrderAddress([["order_edit", "order_id"]]),
        "orders/risk_assessment_changed": OrderAddress([["order_id"], ["admin_graphql_api_order_id"]]),
        "refunds/*": child,
        "fulfillments/*": child,
        "fulfillment_events/*": child,
        "order_transactions/*": child,
        "disputes/*": OrderAddress([["order_id"]], isRequired: false),
        "fulfillment_holds/*": fulfillmentOrder,
        "fulfillment_orders/*": fulfillmentOrder,
    ]

    private init(_ paths: [[String]], isRequired: Bool = true) {
        self.paths = paths
        self.isRequired = isRequired
    }
}
