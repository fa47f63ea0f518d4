import EventStore
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
    /// The registers must be folded anew: a fact that was merged turned out to be older, or personal data must go.
    private(set) var needsRefold = false

    /// - Throws: `FactError` when the stored registers cannot be read.
    init(_ locked: LockedOrder, bookings: [Booking] = []) throws {
        self.locked = locked
        self.bookings = bookings
        id = locked.id
        mustRedact = locked.mustRedact
        storedState = locked.state
        state = locked.state.isEmpty ? OrderState() : try OrderState(decoding: locked.state)
        storedClaims = state.claims
        needsRefold = mustRedact && !state.redacted && !locked.state.isEmpty
        if mustRedact { state.redact() }
    }

    /// An order to be folded from nothing; its stored registers are not looked at.
    init(refolding locked: LockedOrder) {
        self.locked = locked
        bookings = []
        id = locked.id
        mustRedact = locked.mustRedact
        storedState = []
        state = OrderState()
        storedClaims = state.claims
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

    /// Replaces the registers by the fold over all facts of the order.
    func refold(_ facts: [StoredFact], statuses: CourierStatusMap) throws(FactError) {
        state = OrderState()
        if mustRedact { state.redact() }
        for fact in facts { _ = try merge(fact, statuses: statuses) }
    }

    /// What to write; nil when the batch changed nothing.
    func change(_ policy: BookingPolicy, _ effects: BookingEffects) throws -> OrderChange? {
        let encoded = state.encoded()
        guard encoded != storedState else { return nil }
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
        BookingSituation(id, state, projection, isQuarantined: locked.isQuarantined)
    }
}

/// Everything that a batch changes of one order.
struct OrderChange {
    var row: OrderRow
    /// New and changed attempts.
    var bookings: [Booking] = []
    var jobs: [NewJob] = []
    /// Attempts that nobody has begun, of orders that are not quiet yet.
    var unsettled: [Booking] = []
}
