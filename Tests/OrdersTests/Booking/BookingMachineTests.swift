import Testing

@testable import Orders

/// The table of the booking machine, line by line.
@Suite struct BookingMachineTests {
    struct Line: Sendable {
        let state: BookingState
        let event: BookingEvent
        let next: BookingState
        var effect: BookingEffect?
    }

    static let table = [
        Line(state: .claimed, event: .taken, next: .requested, effect: .request),
        Line(state: .claimed, event: .withdrawn, next: .cancelled),
        Line(state: .claimed, event: .redirected, next: .claimed),
        Line(state: .claimed, event: .exhausted, next: .parked),
        Line(state: .claimed, event: .labelled, next: .booked),
        Line(state: .requested, event: .taken, next: .unknown, effect: .lookUp),
        Line(state: .requested, event: .labelled, next: .booked),
        Line(state: .requested, event: .refused, next: .rejected, effect: .check),
        Line(state: .requested, event: .lost, next: .unknown),
        Line(state: .requested, event: .exhausted, next: .parked, effect: .check),
        Line(state: .unknown, event: .taken, next: .unknown, effect: .lookUp),
        Line(state: .unknown, event: .labelled, next: .booked),
        Line(state: .unknown, event: .absent, next: .requested, effect: .request),
        Line(state: .unknown, event: .dropped, next: .cancelled, effect: .check),
        Line(state: .unknown, event: .refused, next: .rejected, effect: .check),
        Line(state: .unknown, event: .lost, next: .unknown),
        Line(state: .unknown, event: .exhausted, next: .parked, effect: .check),
        Line(state: .parked, event: .taken, next: .unknown, effect: .lookUp),
        Line(state: .parked, event: .labelled, next: .booked),
        Line(state: .parked, event: .withdrawn, next: .cancelled, effect: .check),
        Line(state: .rejected, event: .taken, next: .unknown, effect: .lookUp),
        Line(state: .rejected, event: .withdrawn, next: .cancelled, effect: .check),
        Line(state: .booked, event: .withdrawn, next: .cancelRequested, effect: .cancel),
        Line(state: .booked, event: .redirected, next: .cancelRequested, effect: .cancel),
        Line(state: .booked, event: .recalled, next: .returnRequested, effect: .returnParcel),
        Line(state: .booked, event: .voided, next: .rejected),
        Line(state: .booked, event: .returned, next: .returned),
        Line(state: .booked, event: .cancelConfirmed, next: .cancelled),
        Line(state: .cancelRequested, event: .cancelConfirmed, next: .cancelled),
        Line(state: .cancelRequested, event: .voided, next: .cancelled),
        Line(state: .cancelRequested, event: .cancelRefused, next: .booked),
        Line(state: .returnRequested, event: .returnRefused, next: .booked),
        Line(state: .cancelRequested, event: .cancelGivenUp, next: .cancelRequested),
        Line(state: .returnRequested, event: .returnGivenUp, next: .returnRequested),
        Line(state: .cancelRequested, event: .returned, next: .returned),
        Line(state: .returnRequested, event: .returned, next: .returned),
        Line(state: .cancelled, event: .labelled, next: .cancelRequested, effect: .cancel),
        Line(state: .rejected, event: .labelled, next: .cancelRequested, effect: .cancel),
    ]

    @Test(arguments: table.indices)
    func `a line of the table leads where it says`(index: Int) throws {
        let line = Self.table[index]
        let step = try #require(BookingMachine.next(line.state, line.event))
        #expect(step.state == line.next)
        #expect(step.effect == line.effect)
    }

    @Test func `what is not in the table is ignored`() {
        for state in BookingState.allCases {
            for event in BookingEvent.allCases where !Self.table.contains(where: { $0.state == state && $0.event == event }) {
                #expect(BookingMachine.next(state, event) == nil, "\(state) \(event)")
            }
        }
    }

    @Test func `no request goes out a second time before a look-up`() {
        for line in Self.table where line.effect == .request {
            #expect(line.state == .claimed || (line.state == .unknown && line.event == .absent))
        }
    }

    @Test func `a reference belongs to its attempt on every machine`() {
        let first = Booking.reference(of: Facts.order, attempt: 1)
        #expect(first == Booking.reference(of: Facts.order, attempt: 1))
        #expect(first != Booking.reference(of: Facts.order, attempt: 2))
        #expect(first != Booking.reference(of: OrderID(source: "shopify", shop: "b", refID: "1"), attempt: 1))
        #expect(first.byteArray[6] >> 4 == 5)
    }
}
