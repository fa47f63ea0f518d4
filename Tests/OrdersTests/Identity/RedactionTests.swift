import Testing

@testable import Orders

@Suite("Redaction")
struct RedactionTests {
    @Test
    func `a customer's redaction names orders, a shop's means them all`() throws {
        let customer = try JSONDocument(parsing: Fixture.bytes("shopify/customers-redact"))
        let shop = try JSONDocument(parsing: Fixture.bytes("shopify/shop-redact"))
        #expect(Redaction(topic: "customers/redact", in: customer) == .orders(["6120034517001"]))
        #expect(Redaction(topic: "shop/redact", in: shop) == .wholeShop)
        #expect(Redaction(topic: "customers/data_request", in: customer) == nil)
        #expect(Redaction(topic: "customers/redact", in: shop) == .orders([]))
    }
}
