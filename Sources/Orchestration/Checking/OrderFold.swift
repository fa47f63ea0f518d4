package import EventStore
package import FoundationEssentials
package import Orders

/// The pure fold over everything merged into an order: what the stored registers must be equal to.
package enum OrderFold {
    /// Folds one order of a page anew.
    ///
    /// - Throws: `FactError` when a body cannot be read.
    package static func state(
        of order: LockedOrder,
        history: [UUID: [StoredEvent]],
        statuses: CourierStatusMap
    ) throws -> OrderState {
        let fold = OrderMerge(refolding: order)
        let own = history[order.id.uuid] ?? []
        try fold.refold(StoredFact.distinct(own), statuses: statuses)
        // Callbacks claim no parcels, so one look at the claims is enough.
        let scans = fold.state.claims.waybills.flatMap { history[$0.id.uuid] ?? [] }
        if !scans.isEmpty { try fold.refold(StoredFact.distinct(own + scans), statuses: statuses) }
        return fold.state
    }
}
