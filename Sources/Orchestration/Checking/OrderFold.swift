package import EventStore
import FoundationEssentials
package import Orders
import Postgres

/// The pure fold over everything merged into an order: what the stored registers must be equal to.
///
/// Events come one by one, the order's own first, and those of its parcels then; within those, in any order.
package struct OrderFold {
    private let order: OrderMerge
    private let statuses: CourierStatusMap
    /// Events that cannot be read: they change nothing, as when a worker folds.
    package private(set) var illegible: [StoredEvent] = []

    package init(of order: LockedOrder, statuses: CourierStatusMap) {
        self.order = OrderMerge(refolding: order)
        self.statuses = statuses
    }

    /// Names the events that come next.
    ///
    /// - Parameter events: all that ended, also those that could not be merged: they date the facts. Their bodies are not needed.
    package func expect(_ events: [StoredEvent]) {
        order.expect(events)
    }

    package var state: OrderState { order.state }

    /// Takes in a merged event, body included; one of a parcel that the order has never claimed is left out.
    package mutating func add(_ event: StoredEvent) {
        let isOwn = event.subjectID == order.id.uuid
        guard isOwn || order.state.claims.waybills.contains(where: { $0.id.uuid == event.subjectID }) else { return }
        do throws(FactError) {
            _ = try order.fold(event, statuses: statuses)
        } catch {
            illegible.append(event)
        }
    }
}

extension OrderPage {
    /// Folds every order of the page, but for those whose events were dropped with their months: first the order's own events, which
    /// say what parcels it has, then what was heard of those.
    mutating func folds(in transaction: inout Postgres.Transaction) throws -> [OrderID: OrderFold] {
        var folds: [OrderID: OrderFold] = [:]
        for stored in orders where !history.incomplete.contains(stored.order.id.uuid) {
            folds[stored.order.id] = OrderFold(of: stored.order, statuses: statuses)
        }
        try fold(into: &folds, in: &transaction) { [$0.uuid] }
        try claim(folds.mapValues(\.state.claims.waybills), in: &transaction)
        folds = folds.filter { history.incomplete.isDisjoint(with: subjects(of: $0.key)) }
        let parcels = waybills.mapValues { $0.sorted() }
        try fold(into: &folds, in: &transaction) { parcels[$0] ?? [] }
        return folds
    }

    /// Folds what is merged of some subjects of each order.
    private func fold(
        into folds: inout [OrderID: OrderFold],
        in transaction: inout Postgres.Transaction,
        subjects: (OrderID) -> [UUID]
    ) throws {
        var readers: [UUID: [OrderID]] = [:]
        for id in folds.keys.sorted() {
            let subjects = subjects(id)
            for subject in subjects { readers[subject, default: []].append(id) }
            folds[id]?.expect(subjects.flatMap { history.entries[$0] ?? [] }.filter { $0.status != nil }.map(\.event))
        }
        let merged = readers.keys.sorted().flatMap { history.entries[$0] ?? [] }.filter(\.isMerged)
        for page in EventHistory.pages(merged) {
            for event in try EventHistory.read(page, in: &transaction) {
                for reader in readers[event.subjectID] ?? [] { folds[reader]?.add(event) }
            }
        }
    }
}
