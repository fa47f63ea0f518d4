import EventStore
import Orders
import Postgres
import Queues

/// What an order under its lock wants done: rows of bookings, and the jobs that go with them.
struct BookingDecision {
    /// New and changed attempts.
    private(set) var changed: [Booking] = []
    /// Every attempt, after the decision.
    private(set) var bookings: [Booking]
    private(set) var jobs: [NewJob] = []
    /// Attempts that were given up on or refused, and for which there is nothing left to do: their labels have come all the same, or nobody wants
    /// them any more.
    private(set) var settled: [Booking] = []
    /// Attempts that nobody has begun, of orders that are not quiet yet.
    private(set) var unsettled: [Booking] = []

    private let order: LockedOrder
    private let effects: BookingEffects

    /// Compares what the order wants with what is.
    init(_ order: LockedOrder, _ situation: BookingSituation, bookings: [Booking], effects: BookingEffects) {
        self.order = order
        self.effects = effects
        self.bookings = bookings
        let steps = BookingPlan.decide(situation, bookings: bookings)
        guard !steps.isEmpty else { return }
        let letters = Set(bookings.lazy.filter(\.state.needsPerson).map(\.attempt))
        self.bookings = BookingPlan.bookings(bookings, after: steps)
        for step in steps { write(step) }
        settled = changed.filter { letters.contains($0.attempt) && !$0.state.needsPerson }
    }

    /// Ends the dead letters of settled attempts, also those that are not written yet.
    static func endLetters(of settled: [Booking]) -> [(Statement, [Binding])] {
        let (unlabelled, labelled) = (settled.filter { $0.trackingNumber == nil }, settled.filter { $0.trackingNumber != nil })
        return [("not wanted any more", unlabelled), ("its label came later", labelled)].filter { !$1.isEmpty }
            .map { reason, bookings in
                JobTable.cancelGivenUp(
                    bookings.map { ($0.order.uuid, EffectKey.book($0)) },
                    because: "given up on, and \(reason)"
                )
            }
    }

    private mutating func write(_ step: BookingStep) {
        switch step {
        case .claim(let booking):
            changed.append(booking)
            add(.bookings, EffectKey.book(booking), CommandInput(attempt: booking.attempt, intent: .book), delay: effects.settle)
        case .change(let booking, let effect):
            changed.append(booking)
            switch effect {
            case .cancel:
                add(.courierCommands, EffectKey.cancel(booking), CommandInput(attempt: booking.attempt, intent: .cancel))
            case .returnParcel:
                let input = CommandInput(attempt: booking.attempt, intent: .returnParcel)
                add(.courierCommands, EffectKey.returnParcel(booking), input)
            // Nobody has looked since it was given up.
            case .check: jobs += [Self.check(booking, of: order, effects: effects, delay: .zero)].compactMap(\.self)
            case .request, .lookUp, nil: break
            }
        case .settle(let booking):
            unsettled.append(booking)
        }
    }

    /// Tells the shop what is new since the order was stored.
    static func notifications(
        of order: LockedOrder,
        wanted: Set<ShopNotification>,
        known: Set<ShopNotification>
    ) -> [NewJob] {
        // Only Shopify has an Admin API to be told by.
        guard order.source == IncomingEvent.shopifySource else { return [] }
        let new = wanted.subtracting(known).sorted { ($0.attempt, $0.intent) < ($1.attempt, $1.intent) }
        return new.map { notification in
            let input = CommandInput(attempt: notification.attempt, intent: .notify(notification.intent))
            return job(.notifications, EffectKey.notify(notification, of: order.id), input, of: order)
        }
    }

    /// Checks for the label of an attempt that was given up; nil when that is switched off. It stands outside of the sequence of its
    /// order: what the order wants meanwhile does not wait for it.
    ///
    /// - Parameter delay: until the first, also where checks are switched off; nil is the usual one.
    static func check(
        _ booking: Booking,
        of order: LockedOrder,
        effects: BookingEffects,
        delay: Duration? = nil
    ) -> NewJob? {
        guard let delay = delay ?? effects.nextCheck(after: .zero) else { return nil }
        let input = CommandInput(attempt: booking.attempt, intent: .check)
        var job = job(.courierCommands, EffectKey.check(booking), input, of: order, delay: delay)
        job.isSequenced = false
        return job
    }

    private mutating func add(_ queue: Queue, _ key: String, _ input: CommandInput, delay: Duration = .zero) {
        jobs.append(Self.job(queue, key, input, of: order, delay: delay))
    }

    private static func job(
        _ queue: Queue,
        _ key: String,
        _ input: CommandInput,
        of order: LockedOrder,
        delay: Duration = .zero
    ) -> NewJob {
        NewJob(queue: queue, key: key, orderID: order.id.uuid, shop: order.shop, input: input.encoded(), delay: delay)
    }
}
