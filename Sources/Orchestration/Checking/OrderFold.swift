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

    /// - Parameter events: all that ended, also those that could not be merged: they date the facts. Their bodies are not needed.
    package init(of order: LockedOrder, events: [StoredEvent], statuses: CourierStatusMap) {
        self.order = OrderMerge(refolding: order, events)
        self.statuses = statuses
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
    /// Folds every order of the page, but for those whose events were dropped with their months.
    func folds(in transaction: inout Postgres.Transaction) throws -> [OrderID: OrderFold] {
        var folds: [OrderID: OrderFold] = [:]
        var readers: [UUID: [OrderID]] = [:]
        var own: [EventHistory.Entry] = []
        var scans: [UUID: [EventHistory.Entry]] = [:]
        for id in orders.map(\.order) where history.incomplete.isDisjoint(with: subjects(of: id.id)) {
            let subjects = subjects(of: id.id)
            let ended = subjects.flatMap { history.entries[$0] ?? [] }.filter { $0.status != nil }
            folds[id.id] = OrderFold(of: id, events: ended.map(\.event), statuses: statuses)
            for subject in subjects {
                readers[subject, default: []].append(id.id)
                let merged = (history.entries[subject] ?? []).filter(\.isMerged)
                if subject == id.id.uuid { own += merged } else { scans[subject] = merged }
            }
        }
        for entries in [own, scans.sorted { $0.key < $1.key }.flatMap(\.value)] {
            for page in EventHistory.pages(entries) {
                for event in try EventHistory.read(page, in: &transaction) {
                    for reader in readers[event.subjectID] ?? [] { folds[reader]?.add(event) }
                }
            }
        }
        return folds
    }
}
