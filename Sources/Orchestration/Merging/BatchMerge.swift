import EventStore
import FoundationEssentials
import Orders
import Queues

/// Merges the events of one batch into its locked orders: pure, in two steps with a look-up in between.
///
/// 1. `init` merges what the batch alone decides; `request` says what else must be known.
/// 2. `resolve` merges the rest: courier callbacks, parcels that became an order's own, refolds, redactions.
///
/// `writes` is then everything the transaction changes.
struct BatchMerge {
    /// An event whose body cannot be read as what its topic says; merging it again would fail again.
    struct UnreadableEvent: Error {
        var event: UnappliedEvent
        var reason: String
    }

    private let statuses: CourierStatusMap
    private let batch: Set<EventID>
    private let locked: [OrderID: LockedOrder]
    private let bookings: [OrderID: [Booking]]
    /// The locked orders that anything has been looked up of; the others were merged by another worker meanwhile.
    private(set) var orders: [OrderID: OrderMerge] = [:]
    private var callbacks: [FactGroup] = []
    /// Orders that were placed at our own storefront, and are merged now.
    private var placed: [StoredEvent] = []
    private var shopEvents: [FactGroup] = []
    private var trail = AuditTrail()
    private var unscrubbed: [StoredEvent] = []
    private var newRedactions: Set<RedactionRow> = []
    private var enforcedRedactions: Set<RedactionRow> = []
    /// Events of redactions that are not in force yet.
    private var postponed: [StoredEvent] = []
    /// Subjects that could not be finished because something moved meanwhile; to be tried again at once.
    private(set) var deferred: Set<UUID> = []

    init(_ batch: SubjectBatch, statuses: CourierStatusMap) throws {
        self.statuses = statuses
        self.batch = Set(batch.events.map(\.event.id))
        locked = Dictionary(uniqueKeysWithValues: batch.orders.map { ($0.id, $0) })
        bookings = batch.bookings
        for order in batch.orders where order.mustRedact { _ = try self.order(order.id) }
        for group in FactGroup.groups(of: batch.events) {
            switch group.first.event.kind {
            case "order": try mergeOrderFact(group)
            case "waybill": callbacks.append(group)
            default: shopEvents.append(group)
            }
        }
    }

    /// The order, if it is locked.
    private mutating func order(_ id: OrderID) throws -> OrderMerge? {
        if let order = orders[id] { return order }
        guard let locked = locked[id] else { return nil }
        let order = try OrderMerge(locked, bookings: bookings[id] ?? [])
        orders[id] = order
        return order
    }

    // MARK: Step 1

    private mutating func mergeOrderFact(_ group: FactGroup) throws {
        let id = OrderID(group.first.event.subjectID)
        // Created by another worker after our look: locked by it, not by us.
        guard let order = try order(id) else {
            deferred.insert(group.first.event.subjectID)
            return
        }
        if order.mustRedact { unscrubbed += group.events.map(\.event) }
        if group.isRetriggered { order.markForRefold() }
        guard !group.isKnown else {
            trail.replay(group, order: id, version: order.state.version)
            return
        }
        let outcome = try merge(group, into: order)
        if group.first.event.fact.isPlacedOrder { placed.append(group.first.event) }
        trail.merged(group, order: id, outcome, version: order.state.version)
    }

    private func merge(_ group: FactGroup, into order: OrderMerge) throws -> MergeOutcome {
        do {
            return try order.merge(group.fact, statuses: statuses)
        } catch {
            throw UnreadableEvent(event: group.first, reason: "\(error)")
        }
    }

    // MARK: The look-up

    /// What must be known before `resolve`; empty for most batches.
    var request: BatchLookup.Request {
        var request = BatchLookup.Request()
        for order in orders.values {
            let claims = order.needsRefold ? order.state.claims.waybills : order.newClaims
            for waybill in claims {
                request.waybills.insert(WaybillRow(waybill))
                request.history.insert(waybill.id.uuid)
            }
            if order.needsRefold { request.history.insert(order.id.uuid) }
        }
        for group in callbacks {
            let event = group.first.event
            request.waybills.insert(WaybillRow(id: event.subjectID, courier: event.shop, trackingNumber: event.refID))
        }
        for group in shopEvents { request.redactions.formUnion(redactions(of: group)) }
        return request
    }

    private func redactions(of group: FactGroup) -> [RedactionRow] {
        let event = group.first.event
        guard let body = try? JSONDocument(parsing: event.fact.body),
            let redaction = Redaction(topic: event.fact.topic, in: body, shop: event.shop)
        else { return [] }
        let refIDs =
            switch redaction {
            case .orders(let refIDs): refIDs
            case .wholeShop: [""]
            }
        return refIDs.map { RedactionRow(source: event.fact.source, shop: event.shop, refID: $0) }
    }

    // MARK: Step 2

    mutating func resolve(_ lookup: BatchLookup) throws {
        for id in orders.keys.sorted() { try refold(id, lookup) }
        for id in orders.keys.sorted() { try join(newClaimsOf: id, lookup) }
        for group in callbacks { try mergeCallback(group, lookup) }
        for group in shopEvents { settleShopEvent(group, lookup) }
    }

    /// Folds an order anew over everything that is merged, this batch included. What else is in the store by now comes in its
    /// own turn.
    private mutating func refold(_ id: OrderID, _ lookup: BatchLookup) throws {
        guard let order = orders[id], order.needsRefold else { return }
        let own = (lookup.history[id.uuid] ?? []).filter { batch.contains($0.id) || lookup.isMerged($0.id) }
        let scans = order.state.claims.waybills.flatMap { lookup.history[$0.id.uuid] ?? [] }.filter { lookup.isMerged($0.id) }
        if order.mustRedact {
            // What could not be merged holds personal data all the same.
            let subjects = [id.uuid] + order.state.claims.waybills.map(\.id.uuid)
            for subject in subjects { unscrubbed += lookup.history[subject] ?? [] }
        }
        try order.refold(StoredFact.distinct(own + scans), statuses: statuses)
    }

    /// Merges what couriers said of a parcel before the order claimed it.
    private mutating func join(newClaimsOf id: OrderID, _ lookup: BatchLookup) throws {
        guard let order = orders[id] else { return }
        for waybill in order.newClaims {
            let heard = (lookup.history[waybill.id.uuid] ?? []).filter { lookup.isMerged($0.id) }
            var outcomes: [FactID: MergeOutcome] = [:]
            for fact in StoredFact.distinct(heard) where !order.needsRefold {
                outcomes[fact.fact] = try order.merge(fact, statuses: statuses)
            }
            if order.mustRedact { unscrubbed += heard }
            for event in heard where lookup.auditStatus[event.id] == .parked {
                trail.joined(event, order: id, outcomes[event.fact.fact], version: order.state.version)
            }
        }
    }

    private mutating func mergeCallback(_ group: FactGroup, _ lookup: BatchLookup) throws {
        let waybillID = group.first.event.subjectID
        var owners = Set(lookup.ordersByWaybill[waybillID] ?? [])
        for order in orders.values where order.newClaims.contains(where: { $0.id.uuid == waybillID }) { owners.insert(order.id) }
        guard owners.allSatisfy({ locked[$0] != nil }) else {
            deferred.insert(waybillID)
            return
        }
        guard let primary = owners.min() else {
            trail.parked(group)
            return
        }
        guard !group.isKnown else {
            trail.replay(group, order: primary, version: try order(primary)?.state.version)
            return
        }
        var outcome: MergeOutcome?
        for id in owners.sorted() {
            guard let order = try order(id) else { continue }
            let merged = try merge(group, into: order)
            if order.mustRedact { unscrubbed += group.events.map(\.event) }
            outcome = outcome ?? merged
        }
        if let outcome { trail.merged(group, order: primary, outcome, version: orders[primary]?.state.version) }
    }

    /// A redaction is first written down and enforced in a later transaction, when every transaction that began without
    /// seeing it has ended: what is merged in between heeds it, what was merged before is folded anew.
    private mutating func settleShopEvent(_ group: FactGroup, _ lookup: BatchLookup) {
        let wanted = redactions(of: group)
        guard !wanted.isEmpty else {
            trail.withoutOrder(group)
            return
        }
        if wanted.allSatisfy(lookup.redactions.contains) {
            enforcedRedactions.formUnion(wanted)
            unscrubbed += group.events.map(\.event)
            trail.redacted(group, orders: wanted)
        } else {
            newRedactions.formUnion(wanted)
            postponed += group.events.map(\.event)
        }
    }

    // MARK: The result

    /// Everything the transaction changes, and the queues to wake after it.
    func writes(
        _ policy: BookingPolicy,
        _ effects: BookingEffects,
        processing: Duration
    ) throws -> (writes: BatchWrites, queues: Set<Queue>) {
        var writes = BatchWrites()
        var jobs: [NewJob] = []
        var unsettled: [Booking] = []
        for order in orders.values.sorted(by: { $0.id < $1.id }) {
            guard let change = try order.change(policy, effects) else { continue }
            writes.orders.append(change.row)
            writes.shipments += ShipmentRow.rows(of: order.state, projection: change.row.projection, order: order.id)
            writes.bookings += change.bookings
            jobs += change.jobs
            unsettled += change.unsettled
        }
        jobs += placed.map { ProcessingJob.job(for: $0, after: processing) }
        if !jobs.isEmpty { writes.jobs.append(JobTable.insert(jobs)) }
        if !unsettled.isEmpty { writes.jobs.append(SettleTime.postpone(unsettled, by: effects.settle)) }
        writes.audits = trail.rows
        writes.applied = trail.applied
        writes.retriggered = trail.retriggered
        writes.redactions = Array(newRedactions)
        writes.postponed = postponed
        writes.enforcedRedactions = Array(enforcedRedactions)
        var scrubbed: Set<EventID> = []
        writes.scrubbed = unscrubbed.filter { scrubbed.insert($0.id).inserted }.map {
            ($0.subjectID, $0.id.uuid, $0.fact.receivedAt, Redaction.scrub($0.fact.body))
        }
        return (writes, Queue.toWake(for: jobs))
    }
}
