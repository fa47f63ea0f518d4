import Testing

@testable import Orders

@Suite("Redaction")
struct RedactionTests {
    @Test
    func `a customer's redaction names orders, a shop's means them all`() throws {
        let customer = try JSONDocument(parsing: Fixture.bytes("shopify/customers-redact"))
        let shop = try JSONDocument(parsing: Fixture.bytes("shopify/shop-redact"))
        let name = "nile-lantern.myshopify.com"
        #expect(Redaction(topic: "customers/redact", in: customer, shop: name) == .orders(["6120034517001"]))
        #expect(Redaction(topic: "shop/redact", in: shop, shop: name) == .wholeShop)
        #expect(Redaction(topic: "customers/data_request", in: customer, shop: name) == nil)
    }

    @Test(arguments: ["shopify/orders-create", "shopify/customers-redact", "shopify/customers-data_request"])
    func `a header alone makes no body a redaction of the whole shop`(fixture: String) throws {
        let body = try JSONDocument(parsing: Fixture.bytes(fixture))
        #expect(Redaction(topic: "shop/redact", in: body, shop: "nile-lantern.myshopify.com") == nil)
    }

    @Test(arguments: [
        ("customers/update", #"{"id":7}"#, "7"), ("customers/redact", #"{"customer":{"id":"7"}}"#, "7"),
        ("checkouts/create", #"{"id":9,"customer":{"id":7}}"#, "7"), ("x/y", #"{"id":9,"customer_id":7}"#, "7"),
        ("customers/update", #"{"id":"gid://shopify/Customer/7"}"#, "7"), ("checkouts/create", #"{"id":9}"#, nil),
        ("customers/update", #"{"id":""}"#, nil), ("customers/update", "[]", nil),
    ])
    func `an event about no order names its customer`(topic: String, body: String, id: String?) throws {
        let document = try JSONDocument(parsing: Array(body.utf8))
        #expect(Redaction.customer(topic: topic, in: document) == id.map { "gid://shopify/Customer/\($0)" })
    }

    @Test(arguments: [
        ("1", ["1"]), (#""gid://shopify/Order/1""#, ["1"]), (#"" 1 ""#, ["1"]), (#""""#, []), ("null", []),
        (#""gid://shopify/Customer/5""#, []), (#""gid://shopify/Order/gid://shopify/Customer/5""#, []),
    ])
    func `only what an order can be called is an order to redact`(element: String, orders: [String]) throws {
        let body = #"{"shop_id":1,"shop_domain":"s","orders_to_redact":[\#(element)]}"#
        let document = try JSONDocument(parsing: Array(body.utf8))
        #expect(Redaction(topic: "customers/redact", in: document, shop: "s") == .orders(orders))
    }

    @Test func `a redaction of another shop is none of this one`() throws {
        let shop = try JSONDocument(parsing: Fixture.bytes("shopify/shop-redact"))
        #expect(Redaction(topic: "shop/redact", in: shop, shop: "other.myshopify.com") == nil)
    }
}
