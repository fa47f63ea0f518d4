import EventStore
import Orders
package import Queues

/// Takes labels back and has parcels returned: both are safe to repeat, so an unknown outcome is simply tried again.
package struct CourierCommandHandler: JobHandler {
    private let records: OrderRecords
    private let courier: CourierClient

    package init(records: OrderRecords, courier: CourierClient) {
        self.records = records
        self.courier = courier
    }

    package func run(_ job: ClaimedJob) async -> JobOutcome {
        guard let input = CommandInput(decoding: job.input) else {
            return .dead(reason: "the input is not a command", answer: nil)
        }
        do {
            let look = BookingReport(order: OrderID(job.orderID), attempt: input.attempt)
            guard let answer = try await records.report(look), let booking = answer.booking else {
                return .cancelled(reason: "there is no such booking")
            }
            switch (input.intent, booking.state) {
            case ("cancel", .cancelRequested): return try await cancel(booking, answer)
            case ("return", .returnRequested): return try await bringBack(booking, answer)
            default: return .cancelled(reason: "the booking is \(booking.state.rawValue)")
            }
        } catch {
            return .retry(reason: "the order could not be read or written: \(error)")
        }
    }

    private func cancel(_ booking: Booking, _ answer: BookingAnswer) async throws -> JobOutcome {
        let result = await courier.cancel(reference: booking.reference)
        switch result {
        case .success, .absent:
            try await records.record(.cancelled, of: BookedAttempt(answer.order, attempt: booking.attempt))
            return .done(answer: nil)
        case .refused(_, let body) where CourierError(body: body) == .inCustody:
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
        default:
            return result.failure(calling: "the courier service")
        }
    }

    private func bringBack(_ booking: Booking, _ answer: BookingAnswer) async throws -> JobOutcome {
        let result = await courier.returnShipment(reference: booking.reference)
        guard case .success(let shipment) = result else { return result.failure(calling: "the courier service") }
        if shipment.status == .returned {
            try await records.record(.returned, of: BookedAttempt(answer.order, attempt: booking.attempt))
        }
        return .done(answer: nil)
    }
}
