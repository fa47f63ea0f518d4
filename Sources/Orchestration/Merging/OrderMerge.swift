import EventStore
import Orders

/// One locked order while a batch is merged into it; a class, because its registers are too many to copy for every event.
final class OrderMerge {
    let id: OrderID
    let mustRedact: Bool
    private let storedState: [UInt8]
    private let storedClaims: WaybillSet
    private(set) var state: OrderState
    /// The registers must be folded anew: a fact that was merged turned out to be older, or personal data must go.
    private(set) var needsRefold = false

    /// - Throws: `FactError` when the stored registers cannot be read.
    init(_ locked: LockedOrder) throws {
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

    /// The row to write; nil when the batch changed nothing.
    func row(policy: BookingPolicy) -> OrderRow? {
        let encoded = state.encoded()
        guard encoded != storedState else { return nil }
        return OrderRow(
            id: id,
            version: state.version,
            state: encoded,
            hash: Digest(of: encoded),
            projection: OrderProjection(state, policy: policy)
        )
    }
}
