/// Compares what is wanted of a courier with what is. Level-triggered: deciding twice is deciding once.
package enum BookingPlan {
    /// Most attempts of one order; an order that wants more needs a person.
    package static let maxAttempts: Int32 = 256

    /// What to write, in the order of the attempts, a new one last.
    ///
    /// - Parameter bookings: every attempt of the order, in any order.
    package static func decide(_ order: BookingSituation, bookings: [Booking]) -> [BookingStep] {
        let before = bookings.sorted { $0.attempt < $1.attempt }
        var after = before
        var effects: [BookingEffect?] = []
        for index in after.indices {
            effects.append(settle(&after[index], order, isAlone: isAlone(after[index], among: after)))
        }
        // A refusal blocks the next attempt, so it must end for another; those before it are history.
        if let last = after.indices.last, after[last].state == .rejected, !order.isWanted {
            effects[last] = after[last].fold(.withdrawn, reason: "refused, and then not wanted any more")?.effect
        }
        for index in after.indices where after[index].isLate && after[index].state.isActive {
            after[index].isLate = !isAlone(after[index], among: after)
        }
        var steps: [BookingStep] = []
        for index in after.indices {
            if after[index] != before[index] { steps.append(.change(after[index], effects[index])) }
            if after[index].state == .claimed { steps.append(.settle(after[index])) }
        }
        if let claim = claim(order, after) { steps.append(.claim(claim)) }
        return steps
    }

    private static func isAlone(_ booking: Booking, among bookings: [Booking]) -> Bool {
        !bookings.contains { $0.attempt != booking.attempt && $0.isActive }
    }

    /// What a worker's report means for an attempt now; nil for nothing. One that a look-up did not find is dropped when nobody wants
    /// it any more, or not there. One that was refused is tried again only while the order wants just that.
    ///
    /// - Parameter bookings: every attempt of the order.
    package static func heard(
        _ event: BookingEvent,
        of booking: Booking,
        _ order: BookingSituation,
        among bookings: [Booking]
    ) -> BookingEvent? {
        switch (event, booking.state) {
        case (.absent, _): wish(booking, order, order.parcels[booking.attempt]) == nil ? .absent : .dropped
        case (.taken, .rejected): isWantedAgain(booking, order, bookings) ? .taken : nil
        default: event
        }
    }

    /// Whether a worker that takes the command of an attempt now has anything to do.
    package static func mayBeTaken(_ booking: Booking, _ order: BookingSituation, among bookings: [Booking]) -> Bool {
        guard let event = heard(.taken, of: booking, order, among: bookings) else { return false }
        return BookingMachine.next(booking.state, event) != nil
    }

    /// A refusal may have had a cause that is mended; what had a label once has seen its end.
    private static func isWantedAgain(_ booking: Booking, _ order: BookingSituation, _ bookings: [Booking]) -> Bool {
        booking.trackingNumber == nil && !bookings.contains { $0.attempt > booking.attempt } && !order.isBooked
            && isAlone(booking, among: bookings) && wish(booking, order, order.parcels[booking.attempt]) == nil
    }

    /// Every attempt after the steps.
    package static func bookings(_ bookings: [Booking], after steps: [BookingStep]) -> [Booking] {
        var result = bookings
        for step in steps {
            if let place = result.firstIndex(where: { $0.attempt == step.booking.attempt }) {
                result[place] = step.booking
            } else {
                result.append(step.booking)
            }
        }
        return result
    }

    /// Brings one attempt up to date, first with what is known of it, then with what is wanted of it.
    private static func settle(_ booking: inout Booking, _ order: BookingSituation, isAlone: Bool) -> BookingEffect? {
        let parcel = order.parcels[booking.attempt]
        var effect: BookingEffect?
        func fold(_ event: BookingEvent, _ reason: String? = nil) {
            if let step = booking.fold(event, reason: reason) { effect = step.effect }
        }
        if let parcel {
            if booking.trackingNumber == nil {
                let wasGivenUp = !booking.state.isActive
                booking.courier = parcel.label.waybill.courier
                booking.trackingNumber = parcel.label.waybill.trackingNumber
                booking.fee = parcel.label.fee
                fold(.labelled, wasGivenUp ? "its label came after it was given up" : nil)
                if wasGivenUp { booking.isLate = !isAlone }
            }
            switch (parcel.end, parcel.whereabouts) {
            case (.returned, _), (_, .returned): fold(.returned, "the parcel is back")
            case (.cancelled, _): fold(.cancelConfirmed, "the courier took the label back")
            case (nil, .voided): fold(.voided, "the courier cancelled it")
            default: break
            }
        }
        // What was refused is over but for the last one, see `decide`.
        if booking.state != .rejected, let wish = wish(booking, order, parcel) {
            fold(wish.event, wish.reason)
            if wish.event == .redirected, booking.state == .claimed { booking.destination = order.destination }
        }
        return effect
    }

    private static func wish(
        _ booking: Booking,
        _ order: BookingSituation,
        _ parcel: BookingSituation.Parcel?
    ) -> (event: BookingEvent, reason: String)? {
        let hasCourierGotIt = booking.isHandedOver || parcel?.whereabouts == .withCourier
        if hasCourierGotIt {
            let isOnItsWay = parcel.map { $0.whereabouts == .withCourier || $0.whereabouts == .atShop } ?? true
            guard order.isCancelled, isOnItsWay, parcel?.isReturning != true else { return nil }
            return (.recalled, "the order is cancelled and the courier has the parcel")
        }
        guard parcel == nil || parcel?.whereabouts == .atShop else { return nil }
        if !order.isWanted { return (.withdrawn, "no longer wanted") }
        let isAnotherOut = order.parcels.contains { $0.key != booking.attempt && $0.value.isOut }
        if isAnotherOut { return (.withdrawn, "the courier has the parcel of another attempt") }
        if booking.destination != order.destination { return (.redirected, "the address changed") }
        return nil
    }

    private static func claim(_ order: BookingSituation, _ bookings: [Booking]) -> Booking? {
        guard order.isWanted, !order.isBooked, !bookings.contains(where: \.isActive) else { return nil }
        let last = bookings.last
        if let last, last.state == .rejected, last.destination == order.destination { return nil }
        let attempt = max(last?.attempt ?? 0, order.parcels.keys.max() ?? 0) + 1
        guard attempt <= maxAttempts else { return nil }
        return Booking(order: order.order, attempt: attempt, destination: order.destination)
    }
}
