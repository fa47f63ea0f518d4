import Orders
import TestSystem
import Testing

@testable import Orchestration

/// What a courier is asked for.
extension BookingTests {
    @Test func `a courier is told to carry what is to be shipped and no more, and to collect what is not paid yet`() async throws
    {
        let lines = #"""
            "line_items":[{"id":1,"title":"Lamp","sku":"L-1","quantity":3,"fulfillable_quantity":2},
             {"id":2,"title":"Gift card","quantity":1,"requires_shipping":false},
             {"id":3,"title":"Carried already","quantity":1,"fulfillable_quantity":0}]
            """#
        func order(_ second: Int, _ status: String) -> String {
            Self.order(second, status, more: #","currency":"EGP","payment_gateway_names":["Cash on Delivery (COD)"]"#)
                .replacing(#""line_items":[{"id":1,"quantity":1}]"#, with: lines)
        }
        try await Self.with { system, client in
            for (second, status, cash) in [(1, "pending", Money("150.00")), (2, "paid", nil)] {
                _ = try await client.shopify(order(second, status))
                try await system.settled()
                let answer = try #require(try await system.report(Self.id, nil))
                let request = ShipmentRequest(answer, try #require(answer.booking))
                #expect(request.lines == [ShipmentRequest.Line(title: "Lamp", sku: "L-1", quantity: 2)], "\(status)")
                #expect(request.cashToCollect == cash, "\(status)")
                #expect(request.currency == "EGP")
            }
        }
    }
}
