import Testing

@testable import Orders

/// Every condition of a booking.
@Suite struct BookabilityTests {
    struct Case: Sendable {
        let fields: String
        var policy = BookingPolicy()
        let whyNot: [String]
    }

    static let address = #""shipping_address":{"city":"Cairo"}"#
    static let cod = #""financial_status":"pending","payment_gateway_names":["Cash on Delivery (COD)"]"#
    static let authorized = #""financial_status":"authorized""#
    static let paid = #""financial_status":"paid""#

    static let cases = [
        Case(fields: paid, whyNot: []),
        Case(fields: #""financial_status":"partially_refunded""#, whyNot: []),
        Case(fields: #""financial_status":"pending""#, whyNot: ["it is not paid: the financial status is pending"]),
        Case(fields: #""name":"x""#, whyNot: ["it is not paid: there is no financial status"]),
        Case(fields: authorized, whyNot: ["the payment is authorized only"]),
        Case(fields: authorized, policy: BookingPolicy(authorized: .allow), whyNot: []),
        Case(fields: cod, whyNot: []),
        Case(fields: cod, policy: BookingPolicy(cashOnDelivery: .deny), whyNot: ["cash on delivery is not booked here"]),
        Case(fields: #"\#(paid),"cancelled_at":"2026-01-18T17:00:00Z""#, whyNot: ["it is cancelled"]),
        Case(fields: #"\#(paid),"line_items":[{"id":1,"quantity":1}]"#, whyNot: ["it has no shipping address"]),
        Case(
            fields: #"\#(paid),\#(address),"line_items":[{"id":1,"fulfillable_quantity":2,"requires_shipping":true}]"#,
            whyNot: []
        ),
        Case(
            fields: #"\#(paid),\#(address),"line_items":[{"id":1,"fulfillable_quantity":2,"requires_shipping":false}]"#,
            whyNot: ["no line is left to be shipped"]
        ),
        Case(
            fields: #"\#(paid),\#(address),"line_items":[{"id":1,"fulfillable_quantity":0,"requires_shipping":true}]"#,
            whyNot: ["no line is left to be shipped"]
        ),
        Case(fields: #"\#(paid),"fulfillment_status":"fulfilled""#, whyNot: ["it is shipped already"]),
        Case(fields: #"\#(paid),"fulfillments":[{"id":1,"status":"success"}]"#, whyNot: ["it is shipped already"]),
        Case(fields: #"\#(paid),"fulfillments":[{"id":1,"status":"cancelled"}]"#, whyNot: []),
    ]

    @Test(arguments: cases.indices)
    func `an order is bookable or says why not`(index: Int) throws {
        let row = Self.cases[index]
        let state = try Facts.state(("orders/updated", #"{"id":1,\#(row.fields)}"#))
        #expect(OrderProjection(state, policy: row.policy).bookability.whyNot == row.whyNot)
    }

    @Test func `holds, deletion, redaction and a booking stand in the way`() throws {
        let order = ("orders/paid", #"{"id":1,\#(Self.paid)}"#)
        let obstacles = [
            (("fulfillment_holds/added", #"{"fulfillment_hold":{"id":"h"}}"#), "it is on hold"),
            (("customers/redact", "{}"), "its personal data is removed"),
        ]
        for (fact, why) in obstacles {
            #expect(OrderProjection(try Facts.state(order, fact), policy: BookingPolicy()).bookability.whyNot == [why])
        }
        let deleted = OrderProjection(try Facts.state(order, ("orders/delete", "{}")), policy: BookingPolicy())
        #expect(deleted.bookability.whyNot == ["it is deleted at its source"])
        var state = try Facts.state(order)
        state.merge(try Facts.label(attempt: 1))
        let booked = OrderProjection(state, policy: BookingPolicy())
        #expect(booked.bookability.whyNot == ["it is booked already"] && booked.orderStatus == .booked)
        #expect(booked.shippingStatus == .fulfilling)
    }

    @Test func `an order that has not arrived is not bookable`() throws {
        let state = try Facts.state(("fulfillment_events/create", #"{"fulfillment_id":1,"status":"in_transit"}"#))
        let projection = OrderProjection(state, policy: BookingPolicy())
        #expect(projection.bookability.whyNot == ["the order itself has not arrived yet"])
        #expect(projection.orderStatus == .shipped)
    }
}
