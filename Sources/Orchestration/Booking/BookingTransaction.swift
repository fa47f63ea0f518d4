package import EventStore
package import Orders
package import Postgres
package import Queues

/// What a worker tells about one attempt.
package struct BookingReport: Sendable {
    package var order: OrderID
    package var attempt: Int32
    /// Nil to look only: nothing happened, and the order says what it wants.
    package var event: BookingEvent?
    /// The take the report belongs to, see `Booking.takes`; nil for `taken` itself and for people.
    package var take: Int32?
    /// The job whose lease must still hold once the order is locked; for `taken`, which no take fences.
    package var job: ClaimedJob?
    /// Why, for people.
    package var reason: String?
    /// What the worker would tell the shop.
    package var notification: ShopNotification.Intent?
    /// Whether an attempt before this one may have told it, whoever died of it. If not, and nobody wants it any more, it can be wanted
    /// anew later.
    package var mayHaveTold: Bool

    package init(
        order: OrderID,
        attempt: Int32,
        event: BookingEvent? = nil,
        take: Int32? = nil,
        job: ClaimedJob? = nil,
        reason: String? = nil,
        notification: ShopNotification.Intent? = nil,
        mayHaveTold: Bool = true
    ) {
        self.order = order
        self.attempt = attempt
        self.event = event
        self.take = take
        self.job = job
        self.reason = reason
        self.notification = notification
        self.mayHaveTold = mayHaveTold
    }
}

/// What a worker has to do next, and all it needs for it.
package struct BookingAnswer: Sendable {
    /// The order as it is under the lock.
    package var order: LockedOrder
    package var state: OrderState
    package var projection: OrderProjection
    /// The attempt after the report; nil when there is none of that number.
    package var booking: Booking?
    /// `request` or `lookUp`: to be done now. Nil: the command is stale, or nothing more is to be done.
    package var effect: BookingEffect?
    /// Whether there is anything to do for whoever takes the command of the attempt.
    package var mayBeTaken: Bool
    /// Whether the shop should be told what the report asks about.
    package var isNotificationWanted: Bool
}

/// Hears reports of workers under the locks of their orders, and decides anew what the orders want.
///
/// No call to the outside is made in here: a worker takes its command, commits, calls, and reports.
package struct BookingTransaction: Sendable {
    private let policy: BookingPolicy
    private let effects: BookingEffects

    package init(policy: BookingPolicy, effects: BookingEffects) {
        self.policy = policy
        self.effects = effects
    }

    /// One answer for each report, in their order, and the queues to wake after it; a report on an order that does not exist
    /// has no answer, one on an order whose registers cannot be read fails alone. Safe to repeat, except that `taken` counts a take
    /// each time.
    ///
    /// - Throws: `StartGate.Closed` when the lease of a report's job may be over, `PostgresError`.
    package func run(
        _ reports: [BookingReport],
        on connection: isolated PostgresConnection
    ) throws -> (answers: [Result<BookingAnswer?, StateError>], queues: Set<Queue>) {
        try connection.transaction { transaction in
            let batch = try SubjectBatch.lockBookings(of: Array(Set(reports.map(\.order))).sorted(), in: &transaction)
            // Whoever waited for the lock too long has lost its job to another.
            for report in reports { try report.job?.checkLease() }
            var desks: [OrderID: BookingDesk] = [:]
            var unreadable: [OrderID: StateError] = [:]
            for locked in batch.orders {
                do throws(StateError) {
                    desks[locked.id] = try BookingDesk(locked, bookings: batch.bookings[locked.id] ?? [], policy, effects)
                } catch {
                    unreadable[locked.id] = error
                }
            }
            let answers = reports.map { report in
                unreadable[report.order].map(Result.failure) ?? .success(desks[report.order]?.hear(report))
            }
            var writes = BatchWrites()
            var jobs: [NewJob] = []
            for desk in desks.values.sorted(by: { $0.order.id < $1.order.id }) { desk.write(&writes, &jobs) }
            if !jobs.isEmpty { writes.jobs.append(JobTable.insert(jobs)) }
            try writes.commit(&transaction)
            return (answers, Queue.toWake(for: jobs))
        }
    }
}
