import Testing

@testable import Orders

/// The columns of an order, from facts to what is shown.
@Suite struct OrderProjectionTests {
    @Test(arguments: [
        ("pending", PaymentStatus.pending), ("authorized", .pending), ("partially_paid", .pending), ("expired", .pending),
        ("martian", .pending), ("paid", .paid), ("partially_refunded", .paid), ("refunded", .cancelled), ("voided", .cancelled),
        ("cancelled", .cancelled),
    ])
    func `the payment status has three values`(financial: String, expected: PaymentStatus) throws {
        #expect(try project(order(#""financial_status":"\#(financial)""#)).paymentStatus == expected)
    }

    @Test func `a cancelled order's payment is cancelled`() throws {
        let body = order(#""financial_status":"paid","cancelled_at":"2026-01-18T17:00:00Z""#)
        #expect(try project(body).paymentStatus == .cancelled)
    }

    @Test(arguments: [
        ("49.99", "9.99"), ("50.00", "7.99"), ("99.9999", "7.99"), ("100.00", "5.99"), ("150.00", "5.99"), ("199.99", "5.99"),
        ("200.00", "0.00"), ("960.00", "0.00"),
    ])
    func `without shipping lines the fee is the tier of the total`(total: String, fee: String) throws {
        #expect(try project(order(#""total_price":"\#(total)""#)).shippingFee?.description == fee)
    }

    @Test func `shipping lines outweigh the tier, and the booked fee outweighs both`() throws {
        var state = try Facts.state(("orders/create", Fixture.text("shopify/orders-create")))
        #expect(OrderProjection(state, policy: BookingPolicy()).shippingFee == Money("60.00"))
        state.merge(try Facts.label(attempt: 1, fee: "12.50"))
        let booked = OrderProjection(state, policy: BookingPolicy())
        #expect(booked.shippingFee == Money("12.50"))
        #expect(OrderProjection(OrderState(), policy: BookingPolicy()).shippingFee == nil)
    }

    @Test func `a full order shows who bought what`() throws {
        let projection = try project(Fixture.text("shopify/orders-paid"))
        #expect(projection.name == "#1042")
        #expect(projection.orderNumber == "1042")
        #expect(projection.customerName == "Mariam Saleh")
        #expect(projection.totalPrice == Money("960.00"))
        #expect(projection.currency == "EGP")
        #expect(projection.businessUpdatedAt == Facts.instant("2026-01-18T17:00:09Z"))
        let customer =
            #"{"email":"mariam.saleh@example.com","id":"7300112233445","name":"Mariam Saleh","phone":"+201000000017"}"#
        #expect(projection.customer == Array(customer.utf8))
        #expect(projection.shippingAddress?.isEmpty == false)
        #expect(projection.bookability.isBookable && projection.orderStatus == .confirmed && projection.status == .confirmed)
        #expect(!projection.placeholder)
    }

    @Test func `child events alone leave a placeholder`() throws {
        let state = try Facts.state(("refunds/create", Fixture.text("shopify/refunds-create")))
        let projection = OrderProjection(state, policy: BookingPolicy())
        #expect(projection.placeholder && projection.orderStatus == .pending && !projection.bookability.isBookable)
    }

    @Test func `a parcel goes from its label to the door`() throws {
        var state = try Facts.state(
            ("orders/paid", Fixture.text("shopify/orders-paid")),
            ("fulfillments/create", Fixture.text("shopify/fulfillments-create"))
        )
        let announced = OrderProjection(state, policy: BookingPolicy())
        #expect(announced.shippingStatus == .fulfilling && announced.orderStatus == .confirmed)
        #expect(announced.trackingNumber != nil && announced.bookability.whyNot == ["it is shipped already"])
        state.merge(try Facts.decoded("fulfillments/update", Fixture.text("shopify/fulfillments-update.in_transit")))
        let moving = OrderProjection(state, policy: BookingPolicy())
        #expect(moving.shippingStatus == .shipped && moving.orderStatus == .shipped && moving.deliveryAt == nil)
        state.merge(try Facts.decoded("fulfillments/update", Fixture.text("shopify/fulfillments-update.delivered")))
        let delivered = OrderProjection(state, policy: BookingPolicy())
        #expect(delivered.shippingStatus == .delivered && delivered.orderStatus == .delivered && delivered.status == .shipped)
        #expect(delivered.deliveryAt != nil && delivered.deliveryAt == delivered.shippingUpdatedAt)
        #expect(delivered.anomalies.isEmpty)
        state.merge(try Facts.decoded("refunds/create", Fixture.text("shopify/refunds-create")))
        let refunded = OrderProjection(state, policy: BookingPolicy())
        #expect(refunded.orderStatus == .delivered)
        #expect(refunded.anomalies.map(\.kind) == [.refundedAfterDelivery])
    }

    @Test func `cancelled in the courier's hands is cancelling, and a return ends it`() throws {
        var state = try Facts.state(
            ("orders/cancelled", Fixture.text("shopify/orders-cancelled")),
            ("fulfillments/update", Fixture.text("shopify/fulfillments-update.in_transit"))
        )
        #expect(OrderProjection(state, policy: BookingPolicy()).orderStatus == .cancelling)
        let event =
            #"{"id":1,"fulfillment_id":5700440055001,"status":"returning_to_sender","happened_at":"2026-02-01T00:00:00Z"}"#
        state.merge(try Facts.decoded("fulfillment_events/create", event))
        #expect(OrderProjection(state, policy: BookingPolicy()).orderStatus == .returning)
        let back = event.replacing("returning_to_sender", with: "delivered").replacing("02-01", with: "02-02")
        state.merge(try Facts.decoded("fulfillment_events/create", back))
        let returned = OrderProjection(state, policy: BookingPolicy())
        #expect(returned.orderStatus == .returned && returned.status == .cancelled)
    }

    @Test func `a status an operator sets is shown until it is handed back`() throws {
        func edit(_ second: Int, _ status: String) -> (String, String) {
            let at = "2026-01-18T17:00:0\(second)Z"
            return ("console/edit", #"{"edit_id":"\#(second)","editor":"ana","edited_at":"\#(at)","set":{"status":\#(status)}}"#)
        }
        let paid = ("orders/paid", Fixture.text("shopify/orders-paid"))
        let overridden = OrderProjection(try Facts.state(paid, edit(1, #""cancelled""#)), policy: BookingPolicy())
        #expect(overridden.status == .cancelled && overridden.bookability.whyNot == ["an operator set its status to CANCELLED"])
        let handedBack = OrderProjection(
            try Facts.state(paid, edit(2, "null"), edit(1, #""CANCELLED""#)),
            policy: BookingPolicy()
        )
        #expect(handedBack.status == .confirmed)
        let unknown = OrderProjection(try Facts.state(paid, edit(1, #""MARS""#)), policy: BookingPolicy())
        #expect(unknown.status == .confirmed && unknown.anomalies.map(\.kind) == [.unknownValue])
    }

    @Test func `a payment that goes back illegally is an anomaly and still counts`() throws {
        let projection = OrderProjection(
            try Facts.state(
                ("orders/paid", order(#""financial_status":"paid","updated_at":"2026-01-18T17:00:00Z""#)),
                ("orders/updated", order(#""financial_status":"pending","updated_at":"2026-01-18T17:00:01Z""#))
            ),
            policy: BookingPolicy()
        )
        #expect(projection.paymentStatus == .pending)
        #expect(projection.anomalies == [Anomaly(kind: .illegalPaymentTransition, detail: "paid → pending")])
    }

    private func order(_ fields: String) -> String { #"{"id":1,\#(fields)}"# }

    private func project(_ body: String) throws -> OrderProjection {
        OrderProjection(try Facts.state(("orders/updated", body)), policy: BookingPolicy())
    }
}
