import EventStore
import FoundationEssentials
import Orders
import Queues

/// One locked order while a batch is merged into it; a class, because its registers are too many to copy for every event.
final class OrderMerge {
    let id: OrderID
    let mustRedact: Bool
    private let locked: LockedOrder
    private let bookings: [Booking]
    private let storedState: [UInt8]
    private let storedClaims: WaybillSet
    private(set) var state: OrderState
    /// The registers must be folded anew: they cannot be read, a fact that was merged turned out to be older, or personal data must
    /// go.
    private(set) var needsRefold = false
    /// Why the stored registers cannot be read; they are taken for empty.
    let unreadable: StateError?
    /// What was stored has personal data that must go.
    let losesPersonalData: Bool
    /// An event of the order could not be merged or read: a person has to look first.
    private(set) var isHeld: Bool
    /// Of the event merged last: its trace goes on in what the order wants then.
    var traceID: UUID?
    private var times = FactTimes()
    private var folded: Set<FactID> = []

    init(_ locked: LockedOrder, bookings: [Booking] = []) {
        self.locked = locked
        self.bookings = bookings
        id = locked.id
        mustRedact = locked.mustRedact
        isHeld = locked.isQuarantined
        do throws(StateError) {
            state = locked.state.isEmpty ? OrderState() : try OrderState(decoding: locked.state)
            (storedState, unreadable) = (locked.state, nil)
        } catch {
            state = OrderState()
            (storedState, unreadable) = ([], error)
        }
        storedClaims = state.claims
        losesPersonalData = mustRedact && !state.redacted && !locked.state.isEmpty
        needsRefold = losesPersonalData || unreadable != nil
        if mustRedact { state.redact() }
    }

    /// An order to be folded from nothing; its stored registers are not looked at.
    init(refolding locked: LockedOrder) {
        self.locked = locked
        bookings = []
        id = locked.id
        mustRedact = locked.mustRedact
        isHeld = locked.isQuarantined
        (storedState, unreadable) = ([], nil)
        state = OrderState()
        storedClaims = state.claims
        losesPersonalData = false
        beginRefold(of: [])
    }

    /// Parcels that this batch made the order's own.
    var newClaims: [Waybill] { state.claims.waybills.filter { !storedClaims.contains($0) } }

    /// Merges a fact, without its personal data when those must go.
    func merge(_ fact: StoredFact, statuses: CourierStatusMap) throws(FactError) -> MergeOutcome {
        try state.merge(mustRedact ? fact.scrubbed : fact, statuses: statuses)
    }

    func markForRefold() {
        needsRefold = true
    }

    /// Not everything that is merged is in the store any more: the registers stay as they are, without what is personal. Of those that
    /// cannot be read nobody knows what is, so that an order that must lose it is folded from what is left, and held.
    ///
    /// - Throws: `StateError` when they cannot be read and nobody asked for that.
    func refoldWithoutDroppedEvents() throws(StateError) {
        if let unreadable, !mustRedact { throw unreadable }
        needsRefold = unreadable != nil
        isHeld = isHeld || needsRefold
    }

    /// Empties the registers, to be folded anew from these events.
    func beginRefold(of events: [StoredEvent]) {
        state = OrderState()
        if mustRedact { state.redact() }
        expect(events)
    }

    /// Names the events that `fold` will bring, in any order; their bodies are not looked at.
    func expect(_ events: [StoredEvent]) {
        times = FactTimes(events)
        folded = []
    }

    /// Merges the fact of an expected event, dated by all its events; nil when another of them has brought it.
    func fold(_ event: StoredEvent, statuses: CourierStatusMap) throws(FactError) -> MergeOutcome? {
        guard !folded.contains(event.fact.fact) else { return nil }
        let outcome = try merge(times.dated(event.fact), statuses: statuses)
        folded.insert(event.fact.fact)
        return outcome
    }

    /// Keeps the order for a person.
    func hold() {
        isHeld = true
    }

    /// What to write; nil when the batch changed nothing.
    func change(_ policy: BookingPolicy, _ effects: BookingEffects) throws -> OrderChange? {
        var change = try untracedChange(policy, effects)
        for index in change?.jobs.indices ?? 0..<0 { change?.jobs[index].traceID = traceID }
        return change
    }

    private func untracedChange(_ policy: BookingPolicy, _ effects: BookingEffects) throws -> OrderChange? {
        let encoded = state.encoded()
        guard encoded != storedState, state.version > 0 || !locked.state.isEmpty else { return nil }
        var change = OrderChange(
            row: OrderRow(
                id: id,
                version: state.version,
                state: encoded,
                hash: Digest(of: encoded),
                projection: OrderProjection(state, policy: policy, bookings: bookings)
            )
        )
        // Most orders are neither booked nor to be booked.
        guard effects.isOn, !bookings.isEmpty || change.row.projection.bookability.isWanted else { return change }
        let now = situation(state, change.row.projection)
        let decision = BookingDecision(locked, now, bookings: bookings, effects: effects)
        change.bookings = decision.changed
        change.jobs = decision.jobs
        change.settled = decision.settled
        change.unsettled = decision.unsettled
        guard !bookings.isEmpty else { return change }
        if !decision.changed.isEmpty {
            change.row.projection = OrderProjection(state, policy: policy, bookings: decision.bookings)
        }
        let wanted = ShopNotification.wanted(now, bookings: decision.bookings)
        if !wanted.isEmpty {
            change.jobs += BookingDecision.notifications(of: locked, wanted: wanted, known: try known(policy))
        }
        return change
    }

    /// What the shop should have known when the order was stored.
    private func known(_ policy: BookingPolicy) throws -> Set<ShopNotification> {
        guard !storedState.isEmpty else { return [] }
        let before = try OrderState(decoding: storedState)
        return ShopNotification.wanted(situation(before, OrderProjection(before, policy: policy)), bookings: bookings)
    }

    private func situation(_ state: OrderState, _ projection: OrderProjection) -> BookingSituation {
        BookingSituation(id, state, projection, isQuarantined: isHeld)
    }
}

/// Everything that a batch changes of one order.
struct OrderChange {
    var row: OrderRow
    /// New and changed attempts.
    var bookings: [Booking] = []
    var jobs: [NewJob] = []
    /// Attempts that were given up on, and whose labels have come all the same.
    var settled: [Booking] = []
    /// Attempts that nobody has begun, of orders that are not quiet yet.
    var unsettled: [Booking] = []
}
