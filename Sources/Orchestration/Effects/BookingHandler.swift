import EventStore
import Orders
package import Queues

/// Has a courier fetch an order: at most one label for each attempt, whatever crashes.
///
/// The attempt's state says what an earlier worker may have left behind: a command that comes again is looked up first.
package struct BookingHandler: JobHandler {
    private let records: OrderRecords
    private let courier: CourierClient

    package init(records: OrderRecords, courier: CourierClient) {
        self.records = records
        self.courier = courier
    }

    package func run(_ job: ClaimedJob) async throws -> JobOutcome {
        guard let input = CommandInput(decoding: job.input) else {
            return .dead(reason: "the input is not a command", answer: nil)
        }
        let taken = BookingReport(order: OrderID(job.orderID), attempt: input.attempt, event: .taken, job: job)
        guard let answer = try await records.report(taken), let booking = answer.booking, let effect = answer.effect else {
            return .cancelled(reason: "the order does not want it any more")
        }
        let call = Call(records: records, courier: courier, job: job, answer: answer, booking: booking)
        return effect == .lookUp ? try await call.lookUp() : try await call.request()
    }

    package func stale(_ letters: [ClaimedJob]) async throws -> Set<Int64> {
        try await records.stale(letters) { _, answer, _ in !answer.mayBeTaken }
    }

    /// Parks the attempt: its order is flagged, and another try of a person's looks first what became of this one. One that has its
    /// label by now, whoever brought it, or that nobody wants any more, leaves nothing for a person to do.
    package func giveUp(_ job: ClaimedJob, because reason: String) async throws -> Bool {
        guard let input = CommandInput(decoding: job.input) else { return true }
        let report = BookingReport(order: OrderID(job.orderID), attempt: input.attempt, event: .exhausted, reason: reason)
        guard let booking = try await records.report(report)?.booking else { return false }
        return booking.state.needsPerson
    }
}

/// One take of one attempt.
private struct Call {
    let records: OrderRecords
    let courier: CourierClient
    let job: ClaimedJob
    let answer: BookingAnswer
    let booking: Booking

    func request() async throws -> JobOutcome {
        let shipment = ShipmentRequest(answer, booking)
        let result = try await job.call { await courier.book(shipment, $0) }
        switch result {
        case .success(let shipment):
            return try await booked(shipment)
        case .refused(_, let body) where CourierError(body: body) == .referenceReused:
            // An earlier request of this attempt, with another body, has made the label: the next take finds it.
            return try await lost("the courier service has a label for this reference already", body)
        case .refused(let status, let body) where !CallRefusal.isOfTheSettings(status, body):
            let outcome = result.failure(calling: "the courier service")
            try await report(.refused, "the courier service refused with \(status)")
            return outcome
        default:
            return try await failed(result)
        }
    }

    func lookUp() async throws -> JobOutcome {
        let result = try await job.call { await courier.lookUp(reference: booking.reference, $0) }
        switch result {
        case .success(let shipment):
            return try await booked(shipment)
        case .absent:
            let heard = try await report(.absent)
            if heard?.effect == .request { return try await request() }
            // Whoever has taken the command since does not know that it is ours; our next take is the last one.
            guard heard?.booking?.takes == booking.takes else {
                return .retry(reason: "another worker took the command meanwhile")
            }
            return .cancelled(reason: "the courier has no label, and none is wanted any more")
        default:
            return try await failed(result)
        }
    }

    /// A label that the courier has cancelled by itself is a refusal: another attempt would fare no better, and a person has to look.
    private func booked(_ shipment: Shipment) async throws -> JobOutcome {
        guard shipment.status != .cancelled else {
            let reason = "the courier service cancelled the label by itself"
            try await report(.refused, reason)
            return .dead(reason: reason, answer: shipment.answer)
        }
        try await records.record(.booked(shipment), of: BookedAttempt(answer.order, attempt: booking.attempt))
        return .done(answer: nil)
    }

    private func lost(_ reason: String, _ body: [UInt8]?) async throws -> JobOutcome {
        try await report(.lost, reason)
        return .retry(reason: reason, answer: body)
    }

    private func failed(_ result: CallResult<Shipment>) async throws -> JobOutcome {
        let outcome = result.failure(calling: "the courier service")
        guard case .retry(let reason, _, _) = outcome else { return outcome }
        try await report(.lost, reason)
        return outcome
    }

    @discardableResult
    private func report(_ event: BookingEvent, _ reason: String? = nil) async throws -> BookingAnswer? {
        try await records.report(
            BookingReport(
                order: booking.order,
                attempt: booking.attempt,
                event: event,
                take: booking.takes,
                reason: reason
            )
        )
    }
}

extension ShipmentRequest {
    /// What the courier is told of an order.
    init(_ answer: BookingAnswer, _ booking: Booking) {
        let snapshot = answer.state.snapshot
        let collects = snapshot?.financialStatus == .pending && snapshot?.isCashOnDelivery == true
        self.init(
            reference: booking.reference,
            orderID: answer.order.id.uuid,
            shop: answer.order.shop,
            refID: answer.order.refID,
            orderName: answer.projection.name,
            destination: answer.projection.shippingAddress ?? Array("{}".utf8),
            lines: (snapshot?.lines ?? []).filter { $0.requiresShipping && $0.fulfillableQuantity > 0 }
                .map { Line(title: $0.title, sku: $0.sku, quantity: $0.fulfillableQuantity) },
            cashToCollect: collects ? snapshot?.totalPrice : nil,
            currency: snapshot?.currency
        )
    }
}
