import Foundation
import Testing

@testable import Orders

@Suite("Identity of Shopify events")
struct ShopifyEventTests {
    @Test(arguments: [
        ("app-uninstalled", nil), ("customers-data_request", nil), ("customers-redact", nil),
        ("disputes-create", "6120034517001"),
        ("fulfillment_events-create", "6120034517001"), ("fulfillments-create", "6120034517001"),
        ("fulfillments-update.delivered", "6120034517001"), ("fulfillments-update.in_transit", "6120034517001"),
        ("order_transactions-create", "6120034517001"), ("orders-cancelled", "6120034517001"),
        ("orders-cancelled.voided", "6120034517001"), ("orders-create.cod", "6120034517077"), ("orders-create", "6120034517001"),
        ("orders-delete", "6120034517001"), ("orders-edited", "6120034517001"), ("orders-fulfilled", "6120034517001"),
        ("orders-paid", "6120034517001"), ("orders-partially_fulfilled", "6120034517001"),
        ("orders-updated.address-change", "6120034517001"), ("orders-updated.before-create", "6120034517001"),
        ("orders-updated.same-second-tie", "6120034517001"), ("refunds-create", "6120034517001"),
        ("seedA.chaos-update", "order_chaos_test_12345"), ("seedA.minimal-create", "123456789"),
        ("seedB.chaos-cancel", "32132141"),
        ("shop-redact", nil),
    ])
    func `every fixture with its own headers addresses its order or its shop`(name: String, refID: String?) throws {
        let body = Fixture.bytes("shopify/\(name)")
        let recorded = try JSONDocument(parsing: Fixture.bytes("headers/\(name).headers")).root
        let headers = try #require(recorded["headers"])
        let event = try shopify(
            ShopifyHeaders(
                topic: headers.text("X-Shopify-Topic"),
                shopDomain: headers.text("X-Shopify-Shop-Domain"),
                webhookID: headers.text("X-Shopify-Webhook-Id"),
                eventID: headers.text("X-Shopify-Event-Id"),
                triggeredAt: headers.text("X-Shopify-Triggered-At"),
                apiVersion: headers.text("X-Shopify-API-Version")
            ),
            body
        )
        #expect(event.bodyHash.hex == recorded.text("body_sha256"))
        #expect(event.shop == "nile-lantern.myshopify.com")
        #expect(event.deliveryID == headers.text("X-Shopify-Webhook-Id"))
        #expect(event.triggeredAt != nil)
        if let refID {
            #expect(event.subject == .order(OrderID(source: "shopify", shop: event.shop, refID: refID)))
            #expect(event.refID == refID)
        } else {
            #expect(event.subject == .shop(ShopID(source: "shopify", shop: event.shop)))
        }
    }

    @Test
    func `the identity is the event id, else the webhook id, else the body`() throws {
        let full = ShopifyHeaders(topic: "orders/paid", shopDomain: "a.example", webhookID: "w1", eventID: "e1")
        var retried = full
        retried.webhookID = "w2"
        #expect(try shopify(full).identity == shopify(retried).identity)
        retried.eventID = "e2"
        #expect(try shopify(full).identity != shopify(retried).identity)

        let unnamed = ShopifyHeaders(topic: "orders/paid", shopDomain: "a.example", webhookID: "w1")
        #expect(try shopify(unnamed).identity == shopify(unnamed, Self.otherBody).identity)
        let bare = ShopifyHeaders(topic: "orders/paid", shopDomain: "a.example")
        #expect(try shopify(bare).identity == shopify(bare).identity)
        #expect(try shopify(bare).identity != shopify(bare, Self.otherBody).identity)
        #expect(try Set([full, unnamed, bare].map { try shopify($0).identity }).count == 3)
    }

    @Test
    func `an event id counts within its shop and topic`() throws {
        let events = try [("orders/paid", "a.example"), ("orders/create", "a.example"), ("orders/paid", "b.example")].map {
            try shopify(ShopifyHeaders(topic: $0, shopDomain: $1, eventID: "e1"))
        }
        #expect(Set(events.map(\.identity)).count == 3)
        #expect(Set(events.map(\.id)).count == 3)
    }

    @Test
    func `same identity and same body is one event whatever else differs`() throws {
        let first = ShopifyHeaders(topic: "orders/paid", webhookID: "w1", eventID: "e1", triggeredAt: "2026-01-01T00:00:00Z")
        let again = ShopifyHeaders(topic: "Orders/Paid ", shopDomain: " Default.Example", webhookID: "w2", eventID: "e1")
        #expect(try shopify(first).id == shopify(again).id)
        #expect(try shopify(first).fact == shopify(again).fact)
    }

    @Test
    func `same identity and another body is another event`() throws {
        let headers = ShopifyHeaders(topic: "orders/paid", eventID: "e1")
        let (one, two) = (try shopify(headers), try shopify(headers, Self.otherBody))
        #expect(one.identity == two.identity)
        #expect(one.id != two.id)
        #expect(one.fact != two.fact)
        #expect(one.subject == two.subject)
    }

    @Test
    func `another identity with a known topic and body is the same fact`() throws {
        let events = try ["e1", "e2"].map { try shopify(ShopifyHeaders(topic: "orders/paid", eventID: $0)) }
        #expect(events[0].id != events[1].id)
        #expect(events[0].fact == events[1].fact)
    }

    @Test(arguments: [
        ("orders/create", #"{"id":7,"order_id":8}"#, "7"), ("orders/create", #"{"id":"x-7"}"#, "x-7"),
        ("refunds/create", #"{"id":7,"order_id":"8"}"#, "8"), ("fulfillments/update", #"{"id":7,"order_id":8}"#, "8"),
        ("order_transactions/create", #"{"id":7,"order_id":8}"#, "8"), ("disputes/update", #"{"id":7,"order_id":8}"#, "8"),
        ("orders/edited", #"{"order_edit":{"id":7,"order_id":8}}"#, "8"),
        ("fulfillment_holds/added", #"{"fulfillment_order":{"id":7,"order_id":8}}"#, "8"),
        ("fulfillment_holds/released", #"{"id":7,"order_id":8}"#, "8"),
        ("fulfillment_orders/moved", #"{"fulfillment_order":{"order_id":"gid://shopify/Order/8"}}"#, "8"),
        ("fulfillment_orders/moved", #"{"fulfillment_order":{"id":"gid://shopify/FulfillmentOrder/1"}}"#, nil),
        ("draft_orders/create", #"{"id":7}"#, nil), ("products/update", #"{"id":7}"#, nil), ("moon/landed", "{}", nil),
        ("customers/redact", #"{"orders_to_redact":[1]}"#, nil),
    ])
    func `topics address their order by the right field`(topic: String, body: String, refID: String?) throws {
        let event = try shopify(ShopifyHeaders(topic: topic), Array(body.utf8))
        #expect(event.refID == refID ?? "default.example")
        #expect(event.subject.kind == (refID == nil ? "shop" : "order"))
    }

    @Test
    func `headers may be missing`() throws {
        let event = try shopify(ShopifyHeaders(), Array(#"{"id":"123456789","financial_status":"paid"}"#.utf8))
        #expect(event.topic == "orders/updated")
        #expect(event.shop == "default.example")
        #expect(event.refID == "123456789")
        #expect(event.triggeredAt == nil)
        #expect(event.deliveryID == nil)
        #expect(try shopify(ShopifyHeaders(eventID: " ", triggeredAt: "soon")).identity == shopify(ShopifyHeaders()).identity)
    }

    @Test(
        arguments: [
            ("orders/brand_new", #"{"order_id":"2"}"#), ("refunds/brand_new", #"{"id":"2"}"#),
            ("orders/brand_new", #"{"id":"\#(String(repeating: "7", count: 65))"}"#),
        ]
    )
    func `a topic that nobody knows needs no order`(topic: String, body: String) throws {
        let event = try shopify(ShopifyHeaders(topic: topic), Array(body.utf8))
        #expect(event.subject.kind == "shop")
        #expect(event.refID == "default.example")
    }

    @Test(
        arguments: [
            ("orders/create", "{", .malformedJSON(JSONError(.unexpectedEnd, at: 1))), ("orders/create", "[1]", .notAnObject),
            ("moon/landed", "1", .notAnObject), ("orders/create", "{}", .missingOrderID(topic: "orders/create")),
            ("orders/create", #"{"id":null}"#, .missingOrderID(topic: "orders/create")),
            ("orders/create", #"{"id":" "}"#, .missingOrderID(topic: "orders/create")),
            ("orders/create", #"{"id":{}}"#, .missingOrderID(topic: "orders/create")),
            ("refunds/create", #"{"id":7}"#, .missingOrderID(topic: "refunds/create")),
            ("orders/edited", #"{"id":7}"#, .missingOrderID(topic: "orders/edited")),
            ("orders/create", #"{"id":"a\u0000b"}"#, .invalidOrderID), ("orders/create", #"{"id":"a\nb"}"#, .invalidOrderID),
            ("orders/create", #"{"id":"\#(String(repeating: "7", count: 65))"}"#, .invalidOrderID),
            (String(repeating: "t", count: 256), #"{"id":7}"#, .invalidHeader("X-Shopify-Topic")),
            ("orders/\u{0}create", #"{"id":7}"#, .invalidHeader("X-Shopify-Topic")),
        ] as [(String, String, IncomingEventError)]
    )
    func `what cannot be stored is refused with a sentence`(topic: String, body: String, error: IncomingEventError) {
        #expect(throws: error) { try shopify(ShopifyHeaders(topic: topic), Array(body.utf8)) }
        #expect(error.description.hasSuffix("."))
    }

    @Test
    func `every header has a limit`() {
        let long = String(repeating: "x", count: 256)
        for headers in [
            ShopifyHeaders(shopDomain: long), ShopifyHeaders(webhookID: long), ShopifyHeaders(eventID: long),
            ShopifyHeaders(triggeredAt: long), ShopifyHeaders(apiVersion: long),
        ] {
            #expect(throws: IncomingEventError.self) { try shopify(headers) }
        }
    }

    private static let otherBody = Array(#"{"id":1,"note":"other"}"#.utf8)

    private func shopify(_ headers: ShopifyHeaders, _ body: [UInt8] = Array(#"{"id":1}"#.utf8)) throws -> IncomingEvent {
        try IncomingEvent.shopify(headers.normalised(), body: body, receivedAt: .epoch, defaultShop: "Default.example ")
    }
}
