import EventStore
import Orders
import Queues

/// One locked order while reports on its bookings are heard.
struct BookingDesk {
    let order: LockedOrder
    private let state: OrderState
    private let situation: BookingSituation
    private let before: OrderProjection
    private let known: Set<ShopNotification>
    private let policy: BookingPolicy
    private let effects: BookingEffects
    private var bookings: [Booking]
    private var changed: [Int32: Booking] = [:]
    private var jobs: [NewJob] = []
    private var settled: [Booking] = []
    /// Nobody has told them, and nobody wants them any more.
    private var stale: [ShopNotification] = []

    init(
        _ locked: LockedOrder,
        bookings: [Booking],
        _ policy: BookingPolicy,
        _ effects: BookingEffects
    ) throws(StateError) {
        order = locked
        var state = locked.state.isEmpty ? OrderState() : try OrderState(decoding: locked.state)
        // In force, and not merged yet perhaps: nothing personal leaves here for a courier.
        if locked.mustRedact { state.redact() }
        self.state = state
        before = OrderProjection(state, policy: policy, bookings: bookings)
        situation = BookingSituation(locked.id, state, before, isQuarantined: locked.isQuarantined)
        known = ShopNotification.wanted(situation, bookings: bookings)
        self.bookings = bookings
        self.policy = policy
        self.effects = effects
    }

    /// Brings the attempt up to date, hears the report, and decides what follows from it.
    mutating func hear(_ report: BookingReport) -> BookingAnswer {
        decide()
        var effect: BookingEffect?
        if let heard = report.event, let place = bookings.firstIndex(where: { $0.attempt == report.attempt }),
            report.take == nil || report.take == bookings[place].takes
        {
            let event = BookingPlan.heard(heard, of: bookings[place], situation, among: bookings)
            // What a worker says may quote what it knew before the redaction.
            let reason = report.reason.map { order.mustRedact ? PersonalData.removedReason : $0 }
            if let event, let step = bookings[place].fold(event, reason: reason) {
                changed[report.attempt] = bookings[place]
                if step.effect == .check {
                    jobs += [BookingDecision.check(bookings[place], of: order, effects: effects)].compactMap(\.self)
                } else {
                    effect = step.effect
                }
                decide()
            }
        }
        let asked = report.notification.map { ShopNotification(intent: $0, attempt: report.attempt) }
        let isWanted = asked.map(ShopNotification.wanted(situation, bookings: bookings).contains) ?? false
        if let asked, !isWanted, !report.mayHaveTold { stale.append(asked) }
        let booking = bookings.first { $0.attempt == report.attempt }
        return BookingAnswer(
            order: order,
            state: state,
            projection: before,
            booking: booking,
            effect: effect,
            mayBeTaken: booking.map { BookingPlan.mayBeTaken($0, situation, among: bookings) } ?? false,
            isNotificationWanted: isWanted
        )
    }

    /// The rows that changed, the order's own only when people see a difference, and the jobs.
    func write(_ writes: inout BatchWrites, _ allJobs: inout [NewJob]) {
        writes.bookings += changed.values
        allJobs += jobs
        writes.jobs += BookingDecision.endLetters(of: settled)
        if !stale.isEmpty {
            writes.jobs.append(JobTable.forget(stale.map { (order.id.uuid, EffectKey.notify($0, of: order.id)) }))
        }
        if effects.isOn {
            let wanted = ShopNotification.wanted(situation, bookings: bookings)
            allJobs += BookingDecision.notifications(of: order, wanted: wanted, known: known)
        }
        let projection = OrderProjection(state, policy: policy, bookings: bookings)
        guard projection != before else { return }
        let hash = Digest(of: order.state)
        writes.orders.append(
            OrderRow(id: order.id, version: state.version, state: order.state, hash: hash, projection: projection)
        )
    }

    private mutating func decide() {
        guard effects.isOn else { return }
        let decision = BookingDecision(order, situation, bookings: bookings, effects: effects)
        bookings = decision.bookings
        for booking in decision.changed { changed[booking.attempt] = booking }
        jobs += decision.jobs
        settled += decision.settled
    }
}
