import Testing

@testable import Orders

/// Decisions about the bookings of one order, wish by wish.
@Suite struct BookingPlanTests {
    private static let cairo = #""shipping_address":{"city":"Cairo"}"#
    private static let cancelled = #""cancelled_at":"2026-01-18T17:00:00Z""#

    private static func state(_ fields: String = cairo, _ more: DecodedFact...) throws -> OrderState {
        var state = try Facts.state(("orders/updated", #"{"id":1,"financial_status":"paid",\#(fields)}"#))
        for fact in more { state.merge(fact) }
        return state
    }

    private static func situation(_ state: OrderState, isQuarantined: Bool = false) -> BookingSituation {
        BookingSituation(
            Facts.order,
            state,
            OrderProjection(state, policy: BookingPolicy()),
            isQuarantined: isQuarantined
        )
    }

    private static func decide(_ state: OrderState, _ bookings: [Booking] = []) -> [BookingStep] {
        BookingPlan.decide(situation(state), bookings: bookings)
    }

    private static func booking(
        _ bookingState: BookingState,
        attempt: Int32 = 1,
        of state: OrderState,
        labelled: Bool = false,
        handedOver: Bool = false,
        voided: Bool = false
    ) throws -> Booking {
        Booking(
            order: Facts.order,
            attempt: attempt,
            state: bookingState,
            destination: situation(state).destination,
            courier: labelled ? CourierName("bosta") : nil,
            trackingNumber: labelled ? "B-1" : nil,
            isHandedOver: handedOver,
            isVoided: voided
        )
    }

    private static func moves(_ steps: [BookingStep]) -> [String] {
        steps.map { step in
            switch step {
            case .claim(let booking): "claim \(booking.attempt)"
            case .change(let booking, let effect): "\(booking.attempt) \(booking.state) \(effect?.rawValue ?? "-")"
            case .settle(let booking): "settle \(booking.attempt)"
            }
        }
    }

    private static func scan(_ status: Int) throws -> DecodedFact {
        let body = #"{"trackingNumber":"B-1","state":\#(status),"type":"SEND","timeStamp":1768755600000}"#
        return try Facts.decoded("bosta", body, source: IncomingEvent.courierSource)
    }

    @Test func `what is wanted is claimed once, and never while an event of the order is stuck`() throws {
        let state = try Self.state()
        #expect(Self.moves(Self.decide(state)) == ["claim 1"])
        #expect(Self.moves(Self.decide(state, [try Self.booking(.claimed, of: state)])) == ["settle 1"])
        #expect(BookingPlan.decide(Self.situation(state, isQuarantined: true), bookings: []).isEmpty)
        #expect(Self.decide(try Self.state(Self.cancelled)).isEmpty)
    }

    @Test func `what nobody has begun is dropped without a word to the courier`() throws {
        let state = try Self.state(Self.cancelled)
        #expect(Self.moves(Self.decide(state, [try Self.booking(.claimed, of: state)])) == ["1 cancelled -"])
    }

    @Test(arguments: [BookingState.requested, .unknown])
    func `what may be under way is left to its worker`(bookingState: BookingState) throws {
        let state = try Self.state(Self.cancelled)
        #expect(Self.decide(state, [try Self.booking(bookingState, of: state)]).isEmpty)
    }

    @Test func `what is parked ends when nobody wants it any more, and is looked for once more`() throws {
        let cancelled = try Self.state(Self.cancelled)
        let steps = Self.decide(cancelled, [try Self.booking(.parked, of: cancelled)])
        #expect(Self.moves(steps) == ["1 cancelled check"])
        // A check of its own, and nothing to hear from a worker that was paused.
        #expect(steps.first?.booking.takes == 1)
        let wanted = try Self.state()
        #expect(Self.decide(wanted, [try Self.booking(.parked, of: wanted)]).isEmpty)
    }

    @Test func `what was refused is tried again only while the order wants just that`() throws {
        let state = try Self.state()
        let refused = try Self.booking(.rejected, of: state)
        func mayBeTaken(_ booking: Booking, _ state: OrderState, _ others: [Booking] = []) -> Bool {
            BookingPlan.mayBeTaken(booking, Self.situation(state), among: [booking] + others)
        }
        #expect(mayBeTaken(refused, state))
        #expect(!mayBeTaken(refused, try Self.state(Self.cancelled)))
        #expect(!mayBeTaken(refused, try Self.state(#""shipping_address":{"city":"Giza"}"#)))
        #expect(!mayBeTaken(refused, state, [try Self.booking(.claimed, attempt: 2, of: state)]))
        #expect(!mayBeTaken(refused, state, [try Self.booking(.rejected, attempt: 2, of: state)]))
        #expect(!mayBeTaken(try Self.booking(.rejected, of: state, labelled: true), state))
        #expect(mayBeTaken(try Self.booking(.rejected, attempt: 2, of: state), state, [refused]))
    }

    @Test func `a courier that cancels by itself while it is asked to has cancelled`() throws {
        let voided = try Self.state(Self.cancelled, try Facts.label(attempt: 1), try Self.scan(48))
        let asked = try Self.booking(.cancelRequested, of: voided, labelled: true)
        #expect(Self.moves(Self.decide(voided, [asked])) == ["1 cancelled -"])
    }

    @Test func `a label nobody wants any more is cancelled in the step that brings it`() throws {
        let state = try Self.state(Self.cancelled, try Facts.label(attempt: 1))
        #expect(Self.moves(Self.decide(state, [try Self.booking(.requested, of: state)])) == ["1 cancelRequested cancel"])
    }

    @Test func `another address cancels first and books when that is confirmed`() throws {
        let old = try Self.booking(.booked, of: try Self.state(), labelled: true)
        let moved = #""shipping_address":{"city":"Giza"}"#
        let state = try Self.state(moved, try Facts.label(attempt: 1))
        let steps = Self.decide(state, [old])
        #expect(Self.moves(steps) == ["1 cancelRequested cancel"])
        let asked = BookingPlan.bookings([old], after: steps)
        #expect(Self.decide(state, asked).isEmpty)
        let confirmed = try Self.state(moved, try Facts.label(attempt: 1), try Facts.labelEnd(.cancelled, attempt: 1))
        #expect(Self.moves(Self.decide(confirmed, asked)) == ["1 cancelled -", "claim 2"])
    }

    @Test func `a claimed booking follows the address`() throws {
        let claimed = try Self.booking(.claimed, of: try Self.state())
        let state = try Self.state(#""shipping_address":{"city":"Giza"}"#)
        let steps = Self.decide(state, [claimed])
        #expect(Self.moves(steps) == ["1 claimed -", "settle 1"])
        #expect(steps.first?.booking.destination == Self.situation(state).destination)
    }

    @Test func `in the courier's hands a cancelled order is called back, any other goes on`() throws {
        let cancelled = try Self.state(Self.cancelled, try Facts.label(attempt: 1), try Self.scan(21))
        let booked = try Self.booking(.booked, of: cancelled, labelled: true)
        #expect(Self.moves(Self.decide(cancelled, [booked])) == ["1 returnRequested return"])
        let unpaid = #""financial_status":"pending""#
        let held = try Self.state(unpaid, try Facts.label(attempt: 1), try Self.scan(21))
        #expect(Self.decide(held, [booked]).isEmpty)
        let delivered = try Self.state(Self.cancelled, try Facts.label(attempt: 1), try Self.scan(21), try Self.scan(45))
        #expect(Self.decide(delivered, [booked]).isEmpty)
    }

    @Test func `a courier that did not cancel is asked for a return only when the order is cancelled`() throws {
        let cancelled = try Self.state(Self.cancelled, try Facts.label(attempt: 1))
        let handed = try Self.booking(.booked, of: cancelled, labelled: true, handedOver: true)
        #expect(Self.moves(Self.decide(cancelled, [handed])) == ["1 returnRequested return"])
        let unpaid = try Self.state(#""financial_status":"pending""#, try Facts.label(attempt: 1))
        #expect(Self.decide(unpaid, [handed]).isEmpty)
    }

    @Test func `what was refused last is over when nobody wants it for a while, and then booked anew`() throws {
        let unwanted = try Self.state(Self.cancelled)
        let first = try Self.booking(.rejected, of: unwanted)
        let last = try Self.booking(.rejected, attempt: 2, of: unwanted)
        let steps = Self.decide(unwanted, [first, last])
        #expect(Self.moves(steps) == ["2 cancelled check"])
        #expect(Self.moves(Self.decide(try Self.state(), BookingPlan.bookings([first, last], after: steps))) == ["claim 3"])
    }

    @Test func `a courier that cancels by itself blocks until the address changes, or the order is not wanted for a while`()
        throws
    {
        let voided = try Self.state(Self.cairo, try Facts.label(attempt: 1), try Self.scan(48))
        let booked = try Self.booking(.booked, of: voided, labelled: true)
        #expect(Self.moves(Self.decide(voided, [booked])) == ["1 rejected -"])
        let rejected = try Self.booking(.rejected, of: voided, labelled: true)
        #expect(Self.decide(voided, [rejected]).isEmpty)
        let cancelled = try Self.state(Self.cancelled, try Facts.label(attempt: 1), try Self.scan(48))
        #expect(Self.moves(Self.decide(cancelled, [rejected])) == ["1 cancelled -"])
        // The shop is told of it also where the order is held in the same breath.
        let both = Self.decide(cancelled, [booked])
        #expect(Self.moves(both) == ["1 cancelled -"] && both[0].booking.isVoided)
    }

    @Test func `the shop's own word on our parcel does not make it unwanted`() throws {
        let announced = #"""
            "fulfillment_status":"fulfilled","line_items":[{"id":1,"fulfillable_quantity":0,"requires_shipping":true}],
            "fulfillments":[{"id":9,"status":"success","updated_at":"2026-01-19T00:00:00Z","tracking_company":"Any name",
            "tracking_number":"B-1"}],\#(Self.cairo)
            """#
        let state = try Self.state(announced, try Facts.label(attempt: 1))
        #expect(Self.decide(state, [try Self.booking(.booked, of: state, labelled: true)]).isEmpty)
        let elsewhere = try Self.state(announced.replacing("B-1", with: "X-1"), try Facts.label(attempt: 1))
        let booked = try Self.booking(.booked, of: elsewhere, labelled: true)
        #expect(Self.moves(Self.decide(elsewhere, [booked])) == ["1 cancelRequested cancel"])
    }

    @Test func `the shop is told once of each thing`() throws {
        let label = try Facts.label(attempt: 1)
        let state = try Self.state(Self.cairo, label)
        let booked = try Self.booking(.booked, of: state, labelled: true)
        func intents(_ state: OrderState, _ booking: Booking) -> Set<ShopNotification.Intent> {
            Set(ShopNotification.wanted(Self.situation(state), bookings: [booking]).map(\.intent))
        }
        #expect(intents(state, booked) == [.fulfillment])
        #expect(intents(try Self.state(Self.cairo, label, try Self.scan(21)), booked) == [.fulfillment, .shipped])
        let paidAtTheDoor = #"{"trackingNumber":"B-1","state":45,"type":"SEND","cod":960,"timeStamp":1768755600001}"#
        let cash = try Facts.decoded("bosta", paidAtTheDoor, source: IncomingEvent.courierSource)
        let cod = #""financial_status":"pending","payment_gateway_names":["Cash on Delivery (COD)"]"#
        #expect(intents(try Self.state(cod, label, cash), booked) == [.fulfillment, .shipped, .delivered, .paid])
        #expect(intents(state, try Self.booking(.rejected, of: state, labelled: true, voided: true)) == [.voided])
        #expect(intents(state, try Self.booking(.cancelled, of: state, labelled: true, voided: true)) == [.voided])
        let key = EffectKey.notify(ShopNotification(intent: .paid, attempt: 2), of: Facts.order)
        #expect(key == "notify:\(Facts.order):paid:2")
    }
}
