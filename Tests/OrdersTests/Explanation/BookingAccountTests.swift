import Testing

@testable import Orders

/// Why an order is or is not booked, in words.
@Suite struct BookingAccountTests {
    private static let paid = #"{"id":1,"updated_at":"2026-01-18T17:00:01Z","financial_status":"paid"}"#

    private func reasons(_ context: BookingContext = BookingContext(), _ facts: (String, String)...) -> [String] {
        let events = facts.enumerated().map { Accounts.account(Facts.stored($1.0, $1.1), $0) }
        return Accounts.explanation(of: events, booking: context).booking.reasons
    }

    @Test(arguments: [
        (#"{"id":1,"financial_status":"pending"}"#, "Not booked: payment is pending and the order is not cash on delivery"),
        (
            #"{"id":1,"financial_status":"authorized"}"#,
            "Not booked: payment is authorized only, and BOOKING_AUTHORIZED is deny"
        ),
        (#"{"id":1}"#, "Not booked: it is not paid: its source names no financial status"),
        (
            #"{"id":1,"financial_status":"paid","line_items":[{"id":1,"requires_shipping":false}],"shipping_address":{"city":"Giza"}}"#,
            "Not booked: no shippable line: every line is shipped, removed or needs no shipping"
        ),
        (
            #"{"id":1,"financial_status":"paid","cancelled_at":"2026-01-18T17:00:02Z","cancel_reason":"fraud"}"#,
            "Not booked: cancelled at 2026-01-18T17:00:02Z (fraud)"
        ),
        (#"{"id":1,"financial_status":"paid","fulfillment_status":"fulfilled"}"#, "Not booked: the shop ships it already"),
    ])
    func `every objection is a sentence`(body: String, reason: String) {
        #expect(reasons(BookingContext(), ("orders/updated", body)) == [reason])
    }

    @Test func `whoever holds an order is named`() {
        let hold = #"{"fulfillment_hold":{"id":"hold-1","reason":"high_risk_of_fraud"},"order_id":1}"#
        #expect(
            reasons(BookingContext(), ("orders/paid", Self.paid), ("fulfillment_holds/added", hold))
                == ["Not booked: held by hold-1 (high_risk_of_fraud)"]
        )
    }

    @Test func `what is bookable says what it waits for`() {
        let claimed = Booking(order: Facts.order, attempt: 1, destination: Digest(of: []))
        var context = BookingContext(bookings: [claimed])
        context.jobs = [BookingContext.Job(attempt: 1, waits: .milliseconds(600))]
        #expect(reasons(context, ("orders/paid", Self.paid)) == ["Not booked yet: it settles for another 0.6 s"])
        context.jobs = [BookingContext.Job(attempt: 1, takes: 2, waits: .seconds(20), lastError: "timeout")]
        #expect(
            reasons(context, ("orders/paid", Self.paid))
                == ["Not booked yet: attempt 1 is tried again in another 20 s (last error: timeout)"]
        )
        #expect(
            reasons(BookingContext(isOn: false), ("orders/paid", Self.paid))
                == ["Not booked: it may be, but booking is switched off (BOOKING=off)"]
        )
    }

    @Test(arguments: BookingState.allCases)
    func `every state of an attempt has words`(state: BookingState) {
        let booking = Booking(order: Facts.order, attempt: 1, state: state, destination: Digest(of: []), reason: "because")
        #expect(reasons(BookingContext(bookings: [booking]), ("orders/paid", Self.paid)).allSatisfy { $0.contains("attempt 1") })
    }

    @Test func `a label that is good is what booked means`() throws {
        var state = OrderState()
        state.merge(try Facts.decoded("orders/paid", Self.paid))
        state.merge(try Facts.label(attempt: 1))
        let explanation = Explanation(state, events: [], statuses: .standard, booking: BookingContext())
        #expect(explanation.booking.isBooked)
        #expect(explanation.booking.reasons == ["Booked: booking 1: bosta B-1 for 10.00"])
    }

    @Test func `an order nobody can read is held for a person`() {
        let reasons = reasons(BookingContext(isQuarantined: true), ("orders/paid", Self.paid))
        #expect(reasons.contains { $0.hasPrefix("Held for a person") })
    }
}
