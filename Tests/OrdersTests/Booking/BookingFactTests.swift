import TestSeed
import Testing

@testable import Orders

/// What couriers made of our bookings, as facts of the order.
@Suite struct BookingFactTests {
    private static let paid = ("orders/paid", #"{"id":1,"financial_status":"paid","total_price":"150.00"}"#)

    @Test func `a label claims its parcel, decides the fee and does not count`() throws {
        var state = try Facts.state(Self.paid)
        let outcome = state.merge(try Facts.label(attempt: 1, number: "b-7", fee: "12.50"))
        #expect(outcome == .processed("booking 1: bosta B-7 for 12.50"))
        #expect(state.version == 1)
        #expect(state.claims.waybills.map(\.summary) == ["bosta B-7"])
        let projection = OrderProjection(state, policy: BookingPolicy())
        #expect(projection.orderStatus == .booked && projection.status == .confirmed && projection.shippingStatus == .fulfilling)
        #expect(projection.trackingNumber == "B-7" && projection.shippingFee == Money("12.50"))
    }

    @Test func `a label that was taken back leaves the order as it was`() throws {
        var state = try Facts.state(Self.paid)
        state.merge(try Facts.labelEnd(.cancelled, attempt: 1))
        state.merge(try Facts.label(attempt: 1))
        let projection = OrderProjection(state, policy: BookingPolicy())
        #expect(projection.orderStatus == .confirmed && projection.bookability.isBookable && projection.trackingNumber == nil)
        #expect(projection.shippingFee == Money("5.99"))
    }

    @Test func `the registers survive their stored form, in every order of arrival`() throws {
        let facts = [
            try Facts.label(attempt: 1), try Facts.labelEnd(.cancelled, attempt: 1), try Facts.label(attempt: 2, number: "B-2"),
            try Facts.labelEnd(.returned, attempt: 1), try Facts.decoded(Self.paid.0, Self.paid.1),
        ]
        var random = SeededGenerator(seed: 1)
        let encodings = try (0..<50).map { _ in
            var state = OrderState()
            for fact in facts.shuffled(using: &random) {
                state = try OrderState(decoding: state.encoded())
                state.merge(fact)
            }
            return state.encoded()
        }
        #expect(Set(encodings).count == 1)
    }

    @Test func `one outcome of one attempt is one event, however often it is heard`() throws {
        let attempt = BookedAttempt(order: Facts.order, shop: "a", refID: "1", attempt: 1)
        let later = Facts.noon.advanced(byMicroseconds: 1)
        let first = IncomingEvent.bookingCancelled(attempt, receivedAt: Facts.noon)
        #expect(first.id == IncomingEvent.bookingCancelled(attempt, receivedAt: later).id)
        #expect(first.subject == .order(Facts.order))
        let second = BookedAttempt(order: Facts.order, shop: "a", refID: "1", attempt: 2)
        #expect(first.id != IncomingEvent.bookingCancelled(second, receivedAt: Facts.noon).id)
    }

    @Test(arguments: ["shopify", "storefront", "console", "courier"])
    func `the topics mean nothing from any other source`(source: String) {
        for topic in BookingTopic.allCases { #expect(FactTopic(source: source, topic: topic.rawValue) == .unmapped) }
    }

    @Test(arguments: ["{}", #"{"attempt":0}"#, #"{"attempt":1}"#, #"{"attempt":1,"courier":"bosta"}"#])
    func `a label without a parcel is refused`(body: String) {
        #expect(throws: FactError.self) {
            try Facts.decoded("booking/booked", body, source: IncomingEvent.bookingSource)
        }
    }
}
