import EventStore
import FoundationEssentials
package import Orders
package import Postgres
package import Queues
import ServiceRuntime

/// What the handlers of jobs read from an order and tell it.
///
/// A handler never writes to an order by itself: it reports what a worker did, under the order's lock, and what a courier did
/// becomes an event that is merged like any other.
package struct OrderRecords: Sendable {
    private let pool: PostgresPool
    private let transaction: BookingTransaction
    private let doorbells: DoorbellSender
    private let now: @Sendable () -> Instant

    package init(
        pool: PostgresPool,
        policy: BookingPolicy,
        effects: BookingEffects,
        doorbells: DoorbellSender,
        now: @escaping @Sendable () -> Instant
    ) {
        self.pool = pool
        self.doorbells = doorbells
        self.now = now
        transaction = BookingTransaction(policy: policy, effects: effects)
    }

    /// Tells an order what its worker did; nil when there is no such order.
    ///
    /// - Throws: `StateError` when the registers of the order cannot be read, `PostgresError`; safe to repeat.
    func report(_ report: BookingReport) async throws -> BookingAnswer? {
        try await reports([report])[0].get()
    }

    /// What orders say to several reports, in their order; nil for an order that does not exist, a failure for one whose registers
    /// cannot be read.
    private func reports(_ reports: [BookingReport]) async throws -> [Result<BookingAnswer?, StateError>] {
        let (answers, queues) = try await pool.withConnection { try transaction.run(reports, on: $0) }
        doorbells.ring(queues)
        var unreadable: Set<UUID> = []
        for case (let report, .failure) in zip(reports, answers) { unreadable.insert(report.order.uuid) }
        if !unreadable.isEmpty {
            // A merge folds them anew.
            let orders = unreadable.sorted()
            try await pool.withConnection { try UnappliedTable.ring(orders, on: $0) }
            doorbells.ring(orders, on: .shopifyEvents)
        }
        return answers
    }

    /// Which of these jobs nobody wants any more, by the bookings they are about; those without a command, and those of orders whose
    /// registers cannot be read, are left to people.
    func stale(
        _ letters: [ClaimedJob],
        notification: (CommandInput) -> ShopNotification.Intent? = { _ in nil },
        isStale: (CommandInput, BookingAnswer, Booking) -> Bool
    ) async throws -> Set<Int64> {
        let asked = letters.compactMap { job in CommandInput(decoding: job.input).map { (job, $0) } }
        let answers = try await reports(
            asked.map { job, input in
                BookingReport(order: OrderID(job.orderID), attempt: input.attempt, notification: notification(input))
            }
        )
        let stale = zip(asked, answers).filter { asked, answer in
            guard case .success(let found) = answer else { return false }
            guard let found, let booking = found.booking else { return true }
            return isStale(asked.1, found, booking)
        }
        return Set(stale.map(\.0.0.id))
    }

    /// Stores what a courier did. The same outcome of the same attempt is one event, so this is safe to repeat.
    func record(_ outcome: CourierOutcome, of attempt: BookedAttempt) async throws {
        var event =
            switch outcome {
            case .booked(let shipment):
                IncomingEvent.booked(
                    attempt,
                    waybill: Waybill(courier: shipment.courier, trackingNumber: shipment.trackingNumber),
                    fee: shipment.fee,
                    currency: shipment.currency,
                    receivedAt: now()
                )
            case .cancelled: IncomingEvent.bookingCancelled(attempt, receivedAt: now())
            case .returned: IncomingEvent.bookingReturned(attempt, receivedAt: now())
            }
        event.traceID = TraceID.current?.uuid
        _ = try await pool.withConnection { [event] in try EventAppend.append([event], on: $0) }
        doorbells.ring([event.subject.uuid], on: .shopifyEvents)
    }
}

/// What a courier did with one attempt.
enum CourierOutcome {
    case booked(Shipment)
    case cancelled
    case returned
}

extension BookedAttempt {
    init(_ order: LockedOrder, attempt: Int32) {
        self.init(order: order.id, shop: order.shop, refID: order.refID, attempt: attempt)
    }
}
