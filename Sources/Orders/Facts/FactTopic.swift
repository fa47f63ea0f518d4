/// Which register a stored fact speaks to, by its source and topic.
package enum FactTopic: Equatable, Sendable {
    /// The body is the whole order.
    case order
    case deletion
    case refund
    case transaction
    case fulfillment
    case fulfillmentEvent
    /// A courier's callback.
    case courier(CourierProvider)
    case hold(released: Bool)
    case edit
    /// What a courier made of one of our bookings.
    case booking(BookingTopic)
    case redaction
    /// Known, counted, and of no consequence for any register.
    case counted
    case unmapped

    package init(source: String, topic: String) {
        switch source {
        case IncomingEvent.courierSource: self = CourierProvider(topic).map(FactTopic.courier) ?? .unmapped
        case IncomingEvent.bookingSource: self = BookingTopic(rawValue: topic).map(FactTopic.booking) ?? .unmapped
        case IncomingEvent.storefrontSource: self = topic == IncomingEvent.placedTopic ? .order : .unmapped
        case IncomingEvent.consoleSource: self = topic == IncomingEvent.editTopic ? .edit : .unmapped
        default: self = Self.webhooks[topic] ?? .unmapped
        }
    }

    /// Topics of shops: a webhook cannot say what only our own storefront and our own operators say.
    private static let webhooks: [String: FactTopic] = [
        "orders/create": .order,
        "orders/updated": .order,
        "orders/paid": .order,
        "orders/cancelled": .order,
        "orders/fulfilled": .order,
        "orders/partially_fulfilled": .order,
        "orders/delete": .deletion,
        "refunds/create": .refund,
        "order_transactions/create": .transaction,
        "fulfillments/create": .fulfillment,
        "fulfillments/update": .fulfillment,
        "fulfillment_events/create": .fulfillmentEvent,
        "fulfillment_holds/added": .hold(released: false),
        "fulfillment_holds/released": .hold(released: true),
        "customers/redact": .redaction,
        "shop/redact": .redaction,
        "orders/edited": .counted,
        "disputes/create": .counted,
        "disputes/update": .counted,
        "customers/data_request": .counted,
        "app/uninstalled": .counted,
    ]
}
