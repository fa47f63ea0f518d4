import Testing

@testable import Orders

@Suite struct FactTopicTests {
    @Test(arguments: [
        ("orders/create", FactTopic.order), ("orders/updated", .order), ("orders/paid", .order), ("orders/cancelled", .order),
        ("orders/fulfilled", .order), ("orders/partially_fulfilled", .order), ("orders/delete", .deletion),
        ("orders/edited", .counted), ("refunds/create", .refund), ("order_transactions/create", .transaction),
        ("fulfillments/create", .fulfillment), ("fulfillments/update", .fulfillment),
        ("fulfillment_events/create", .fulfillmentEvent), ("fulfillment_holds/added", .hold(released: false)),
        ("fulfillment_holds/released", .hold(released: true)), ("disputes/create", .counted), ("customers/redact", .redaction),
        ("shop/redact", .redaction), ("console/edit", .unmapped), ("order.placed", .unmapped), ("moon/landed", .unmapped),
    ])
    func `every topic speaks to its register`(topic: String, expected: FactTopic) {
        #expect(FactTopic(source: "shopify", topic: topic) == expected)
    }

    @Test func `what our own storefront and operators say, nobody else can say`() {
        #expect(FactTopic(source: IncomingEvent.storefrontSource, topic: "order.placed") == .order)
        #expect(FactTopic(source: IncomingEvent.storefrontSource, topic: "orders/delete") == .unmapped)
        #expect(FactTopic(source: IncomingEvent.consoleSource, topic: "console/edit") == .edit)
        #expect(FactTopic(source: IncomingEvent.consoleSource, topic: "order.placed") == .unmapped)
        #expect(FactTopic(source: IncomingEvent.courierSource, topic: "order.placed") == .unmapped)
    }

    @Test func `a courier's topic is its provider`() {
        #expect(FactTopic(source: IncomingEvent.courierSource, topic: "bosta") == .courier(.bosta))
        #expect(FactTopic(source: IncomingEvent.courierSource, topic: "orders/create") == .unmapped)
    }
}
