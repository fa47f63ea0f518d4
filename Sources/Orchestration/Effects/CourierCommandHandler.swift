import EventStore
import Orders
package import Queues

/// Takes labels back, has parcels returned and checks for labels that came late: all of it is safe to repeat, so an unknown
/// outcome is simply tried again.
package struct CourierCommandHandler: JobHandler {
    private let records: OrderRecords
    private let courier: CourierClient
    private let effects: BookingEffects

    package init(records: OrderRecords, courier: CourierClient, effects: BookingEffects) {
        self.records = records
        self.courier = courier
        self.effects = effects
    }

    package func run(_ job: ClaimedJob) async throws -> JobOutcome {
        guard let input = CommandInput(decoding: job.input) else {
            return .dead(reason: "the input is not a command", answer: nil)
        }
        let look = BookingReport(order: OrderID(job.orderID), attempt: input.attempt)
        guard let answer = try await records.report(look), let booking = answer.booking else {
            return .cancelled(reason: "there is no such booking")
        }
        guard isWanted(input.intent, of: booking) else {
            return .cancelled(reason: input.intent == .check ? "the label is known" : "the booking is \(booking.state.rawValue)")
        }
        switch input.intent {
        case .cancel: return try await cancel(booking, answer, job)
        case .returnParcel: return try await bringBack(booking, answer, job)
        case .check: return try await check(booking, answer, job)
        case .book, .notify: return .dead(reason: "the input is no command of this queue", answer: nil)
        }
    }

    package func stale(_ letters: [ClaimedJob]) async throws -> Set<Int64> {
        try await records.stale(letters) { input, _, booking in !isWanted(input.intent, of: booking) }
    }

    private func isWanted(_ intent: CommandInput.Intent, of booking: Booking) -> Bool {
        switch intent {
        case .cancel: booking.state == .cancelRequested
        case .returnParcel: booking.state == .returnRequested
        case .check: booking.trackingNumber == nil
        // People must see what is in the wrong queue.
        case .book, .notify: true
        }
    }

    /// Flags the order: a label or a parcel is with the courier that nobody wants there.
    package func giveUp(_ job: ClaimedJob, because reason: String) async throws -> Bool {
        guard let input = CommandInput(decoding: job.input) else { return true }
        let event: BookingEvent
        switch input.intent {
        case .cancel: event = .cancelGivenUp
        case .returnParcel: event = .returnGivenUp
        case .check, .book, .notify: return true
        }
        let report = BookingReport(order: OrderID(job.orderID), attempt: input.attempt, event: event, reason: reason)
        guard let booking = try await records.report(report)?.booking else { return false }
        return isWanted(input.intent, of: booking)
    }

    /// Checks for a label whose request was slower than our patience. Found, it is the order's, which takes it back unless its
    /// attempt is still open.
    private func check(_ booking: Booking, _ answer: BookingAnswer, _ job: ClaimedJob) async throws -> JobOutcome {
        let result = try await job.call { await courier.lookUp(reference: booking.reference, $0) }
        switch result {
        case .success(let shipment):
            // A label that is cancelled already leaves nothing to take back.
            guard shipment.status != .cancelled else { return .done(answer: shipment.answer) }
            try await records.record(.booked(shipment), of: BookedAttempt(answer.order, attempt: booking.attempt))
            return .done(answer: nil)
        case .absent:
            guard let wait = effects.nextCheck(after: job.age) else { return .done(answer: nil) }
            return .postpone(reason: "the courier has no label so far", after: wait)
        default:
            return result.failure(calling: "the courier service")
        }
    }

    private func cancel(_ booking: Booking, _ answer: BookingAnswer, _ job: ClaimedJob) async throws -> JobOutcome {
        let result = try await job.call { await courier.cancel(reference: booking.reference, $0) }
        switch result {
        case .success(let shipment):
            switch shipment.status {
            case .cancelled: return try await cancelled(booking, answer)
            case .booked:
                return .retry(
                    reason: "the courier service answered a cancellation with a label that is good",
                    answer: shipment.answer
                )
            case .returned:
                try await records.record(.returned, of: BookedAttempt(answer.order, attempt: booking.attempt))
                return .done(answer: shipment.answer)
            // Whatever the status of the answer, its words are those of a courier that has the parcel.
            case .pickedUp, .inTransit, .delivered, .returnRequested, .lost:
                return try await refuseCancel(booking, shipment.answer)
            }
        case .absent:
            return try await cancelled(booking, answer)
        case .refused(_, let body) where CourierError(body: body) == .inCustody:
            return try await refuseCancel(booking, body)
        default:
            return result.failure(calling: "the courier service")
        }
    }

    private func cancelled(_ booking: Booking, _ answer: BookingAnswer) async throws -> JobOutcome {
        try await records.record(.cancelled, of: BookedAttempt(answer.order, attempt: booking.attempt))
        return .done(answer: nil)
    }

    private func refuseCancel(_ booking: Booking, _ body: [UInt8]) async throws -> JobOutcome {
        _ = try await records.report(
            BookingReport(
                order: booking.order,
                attempt: booking.attempt,
                event: .cancelRefused,
                take: booking.takes,
                reason: "the courier has the parcel"
            )
        )
        return .done(answer: body)
    }

    private func bringBack(_ booking: Booking, _ answer: BookingAnswer, _ job: ClaimedJob) async throws -> JobOutcome {
        let result = try await job.call { await courier.returnShipment(reference: booking.reference, $0) }
        switch result {
        case .success(let shipment):
            switch shipment.status {
            case .returnRequested: return .done(answer: nil)
            case .returned:
                try await records.record(.returned, of: BookedAttempt(answer.order, attempt: booking.attempt))
                return .done(answer: nil)
            case .pickedUp, .inTransit:
                return .retry(
                    reason: "the courier service answered a return with a parcel that goes on to its receiver",
                    answer: shipment.answer
                )
            // Whatever the status of the answer, its words are those of a courier that does not have the parcel.
            case .booked, .delivered, .cancelled, .lost:
                return try await giveUpReturn(booking, answer, shipment.answer)
            }
        case .refused(_, let body) where CourierError(body: body) == .notInCustody:
            return try await giveUpReturn(booking, answer, body)
        default:
            return result.failure(calling: "the courier service")
        }
    }

    /// The parcel was quicker than we. Its callback may be on its way still, and until it is here nobody knows which end it was.
    private func giveUpReturn(_ booking: Booking, _ answer: BookingAnswer, _ body: [UInt8]) async throws -> JobOutcome {
        let situation = BookingSituation(
            answer.order.id,
            answer.state,
            answer.projection,
            isQuarantined: answer.order.isQuarantined
        )
        guard situation.parcels[booking.attempt]?.whereabouts == .gone else {
            return .retry(reason: "the courier does not have the parcel and has not said what became of it", answer: body)
        }
        _ = try await records.report(
            BookingReport(
                order: booking.order,
                attempt: booking.attempt,
                event: .returnRefused,
                take: booking.takes,
                reason: "the parcel reached its end before it could be brought back"
            )
        )
        return .done(answer: body)
    }
}
