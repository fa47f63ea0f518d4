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

    @Test func `a redaction of another shop is none of this one`() throws {
        let shop = try JSONDocument(parsing: Fixture.bytes("shopify/shop-redact"))
        #expect(Redaction(topic: "shop/redact", in: shop, shop: "other.myshopify.com") == nil)
    }
}
