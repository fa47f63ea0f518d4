import Orders
import Testing

@testable import Orchestration

@Suite struct AdminOrderTests {
    @Test func `a parcel that was cancelled in Shopify is none`() throws {
        func order(_ status: String) throws -> AdminOrder {
            let text = #"""
                {"id":"gid://shopify/Order/1","fulfillmentOrders":{"nodes":[]},"fulfillments":[
                 {"id":"gid://shopify/Fulfillment/1","status":"\#(status)","trackingInfo":[{"number":"T-1"}]}]}
                """#
            return try #require(AdminOrder(try JSONDocument(parsing: Array(text.utf8)).root, answer: []))
        }
        #expect(try order("SUCCESS").fulfillment(trackingNumber: "t-1") != nil)
        #expect(try order("CANCELLED").fulfillment(trackingNumber: "t-1") == nil)
    }
}
