import Orders
import Testing

@testable import ChaosKit

@Suite("The sandbox's Shopify")
struct SandboxShopifyTests {
    private let start = ContinuousClock.now
    private var shopify = SandboxShopify(maximum: 30, restoreRate: 10)

    private mutating func send(
        _ field: String,
        _ variables: String,
        key: String = "k",
        shop: String = "s",
        after seconds: Int = 0
    ) throws -> JSONValue {
        let body = #"{"query":"mutation M($x: X!) { \#(field)(input: $x) { id } }","variables":\#(variables)}"#
        let call = try #require(GraphQLCall(Array(body.utf8)))
        let orderID = try #require(call.orderID)
        let answer = shopify.perform(call, orderID: orderID, key: key, shop: shop, now: start + .seconds(seconds))
        #expect(answer.status == 200)
        return try JSONDocument(parsing: answer.body).root
    }

    @Test mutating func `keeps a budget for each shop and throttles with an error in a success`() throws {
        let input = #"{"input":{"id":"gid://shopify/Order/1","note":"n"}}"#
        let first = try (0..<3).map { _ in try send("orderUpdate", input) }
        #expect(first.allSatisfy { $0.value(at: ["data", "orderUpdate"]) != nil })
        let throttled = try send("orderUpdate", input)
        #expect(throttled.elements("errors").first?.value(at: ["extensions", "code"])?.string == "THROTTLED")
        #expect(throttled.value(at: ["extensions", "cost", "throttleStatus", "currentlyAvailable"])?.text == "0.0")
        let elsewhere = try send("orderUpdate", input, shop: "other").value(at: ["data", "orderUpdate"])
        #expect(elsewhere != nil)
        let later = try send("orderUpdate", input, after: 1).value(at: ["data", "orderUpdate"])
        #expect(later != nil)
    }

    @Test mutating func `pays an order once and ships it once`() throws {
        let order = #"{"input":{"id":"gid://shopify/Order/1"}}"#
        let payments = [try send("orderMarkAsPaid", order), try send("orderMarkAsPaid", order)]
        let errors = payments.map { $0.value(at: ["data", "orderMarkAsPaid"])?.elements("userErrors").count }
        #expect(errors == [0, 1])
        let parcel = """
            {"fulfillment":{"lineItemsByFulfillmentOrder":[{"fulfillmentOrderId":"gid://shopify/FulfillmentOrder/2"}],\
            "trackingInfo":{"number":"T","company":"c"}}}
            """
        let made = try send("fulfillmentCreate", parcel, shop: "b").value(at: ["data", "fulfillmentCreate"])
        #expect(made?["fulfillment"]?.text("id") == "gid://shopify/Fulfillment/2~1")
        let again = try send("fulfillmentCreate", parcel, shop: "b").value(at: ["data", "fulfillmentCreate"])
        #expect(again?.elements("userErrors").count == 1)
        #expect(shopify.doubledEffects == 0)
    }

    @Test mutating func `notices an event that was made twice`() throws {
        let parcel = """
            {"fulfillment":{"lineItemsByFulfillmentOrder":[{"fulfillmentOrderId":"gid://shopify/FulfillmentOrder/2"}],\
            "trackingInfo":{"number":"T"}}}
            """
        _ = try send("fulfillmentCreate", parcel)
        let event = #"{"fulfillmentEvent":{"fulfillmentId":"gid://shopify/Fulfillment/2~1","status":"DELIVERED"}}"#
        _ = try send("fulfillmentEventCreate", event, key: "delivered")
        #expect(shopify.doubledEffects == 0)
        _ = try send("fulfillmentEventCreate", event, key: "delivered", after: 10)
        #expect(shopify.doubledEffects == 1)
    }

    @Test(arguments: ["", "{}", #"{"query":"query { shop { name } }"}"#, "[]"])
    func `understands only its six operations`(body: String) {
        #expect(GraphQLCall(Array(body.utf8)) == nil)
    }
}
