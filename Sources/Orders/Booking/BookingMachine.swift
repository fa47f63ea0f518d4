/// The booking machine: one attempt, one table.
package enum BookingMachine {
    /// Where a booking goes and what has to be asked then.
    package struct Step: Equatable, Sendable {
        package let state: BookingState
        package let effect: BookingEffect?

        init(_ state: BookingState, _ effect: BookingEffect? = nil) {
            self.state = state
            self.effect = effect
        }
    }

    /// The next state, which may be the same one; nil when the event means nothing in this state and is to be ignored.
    package static func next(_ state: BookingState, _ event: BookingEvent) -> Step? {
        switch (state, event) {
        case (.claimed, .taken): Step(.requested, .request)
        case (.claimed, .withdrawn): Step(.cancelled)
        case (.claimed, .redirected): Step(.claimed)

        // A command that comes again has left a request behind, perhaps: never a blind second one.
        case (.requested, .taken), (.unknown, .taken), (.parked, .taken), (.rejected, .taken): Step(.unknown, .lookUp)
        case (.requested, .lost), (.unknown, .lost): Step(.unknown)
        case (.unknown, .absent): Step(.requested, .request)
        // Absent means so far: what was sent earlier may still arrive.
        case (.unknown, .dropped): Step(.cancelled, .check)
        case (.requested, .refused), (.unknown, .refused): Step(.rejected, .check)
        case (.claimed, .exhausted): Step(.parked)
        // What a person was to look at is not wanted any more, and nobody has looked what became of it. Wanted again, the order is booked
        // anew: that is how a person has another try at the same address.
        case (.parked, .withdrawn), (.rejected, .withdrawn): Step(.cancelled, .check)
        case (.requested, .exhausted), (.unknown, .exhausted): Step(.parked, .check)

        case (.claimed, .labelled), (.requested, .labelled), (.unknown, .labelled), (.parked, .labelled): Step(.booked)
        case (.cancelled, .labelled), (.rejected, .labelled): Step(.cancelRequested, .cancel)

        case (.booked, .withdrawn), (.booked, .redirected): Step(.cancelRequested, .cancel)
        case (.booked, .recalled): Step(.returnRequested, .returnParcel)
        case (.booked, .voided): Step(.rejected)
        case (.cancelRequested, .cancelRefused), (.returnRequested, .returnRefused): Step(.booked)
        // It is wanted still, and a person has to look: another try asks again.
        case (.cancelRequested, .cancelGivenUp), (.returnRequested, .returnGivenUp): Step(state)
        case (.booked, .cancelConfirmed), (.cancelRequested, .cancelConfirmed), (.cancelRequested, .voided): Step(.cancelled)
        case (.booked, .returned), (.cancelRequested, .returned), (.returnRequested, .returned): Step(.returned)
        default: nil
        }
    }
}
