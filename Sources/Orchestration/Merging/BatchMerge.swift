import EventStore
import FoundationEssentials
import Orders
import Queues

/// Merges the events of one batch into its locked orders: pure, in steps with look-ups in between.
///
/// 1. `init` merges what the batch alone decides; `request` says what else must be known.
/// 2. `prepare` hears it, and `readings` says whose bodies must be read: those of orders that are folded anew, and what couriers
///    said of a parcel before an order claimed it. They come through `fold`, a page at a time.
/// 3. `resolve` merges the rest: courier callbacks, redactions.
///
/// `writes` is then everything the transaction changes.
struct BatchMerge {
    /// An event whose body cannot be read as what its topic says; merging it again would fail again.
    struct UnreadableEvent: Error {
        var event: UnappliedEvent
        var reason: String
    }

    private let statuses: CourierStatusMap
    /// Redactions that the transaction before this one has written down.
    private let written: Set<RedactionRow>
    private let batch: Set<EventID>
    /// Those that are locked.
    private(set) var orders: [OrderID: OrderMerge] = [:]
    private var callbacks: [FactGroup] = []
    /// Orders that were placed at our own storefront, and are merged now.
    private var placed: [FactGroup] = []
    private var shopEvents: [ShopEvent] = []
    private var trail = AuditTrail()
    private var lookup = BatchLookup()
    /// Events whose bodies `fold` has to be given.
    private(set) var readings: [EventHistory.Entry] = []
    private var readers: [EventID: [OrderID]] = [:]
    private var outcomes: [FactID: MergeOutcome] = [:]
    /// Events of `readings` that must lose their personal data, and those of the batch.
    private var scrubbing: Set<EventID> = []
    private var unscrubbed: [StoredEvent] = []
    /// Orders without personal data, into which something was merged.
    private var forgotten: Set<OrderID> = []
    /// Redactions to be written down by transactions of their own.
    private(set) var newRedactions: Set<RedactionRow> = []
    /// Redactions to be carried out, after the batch: an event that it has merged may ring its order again. Of one shop each.
    private(set) var dueRedactions: [[RedactionRow]] = []
    private var held: Set<OrderID> = []
    /// Subjects that could not be finished because something moved meanwhile; to be tried again at once.
    private(set) var deferred: Set<UUID> = []

    init(_ batch: SubjectBatch, statuses: CourierStatusMap, written: Set<RedactionRow> = []) throws {
        self.statuses = statuses
        self.written = written
        self.batch = Set(batch.events.map(\.event.id))
        for order in batch.orders { orders[order.id] = OrderMerge(order, bookings: batch.bookings[order.id] ?? []) }
        for group in FactGroup.groups(of: batch.events) {
            switch group.first.event.kind {
            case "order": try mergeOrderFact(group)
            case "waybill": callbacks.append(group)
            default: shopEvents.append(ShopEvent(group))
            }
        }
    }

    /// Folds orders anew, into which nothing new is merged.
    init(refolding batch: SubjectBatch, statuses: CourierStatusMap) throws {
        try self.init(batch, statuses: statuses)
        for order in orders.values { order.markForRefold() }
    }

    // MARK: Step 1

    private mutating func mergeOrderFact(_ group: FactGroup) throws {
        let id = OrderID(group.first.event.subjectID)
        // It came after we had locked what something waited for: its own doorbell brings it.
        guard let order = orders[id] else { return }
        order.traceID = group.traceID
        if order.mustRedact { forget(group, with: id) }
        if group.isRetriggered { order.markForRefold() }
        guard !group.isKnown else {
            trail.replay(group, order: id, version: order.state.version)
            return
        }
        let outcome = try merge(group, into: order)
        if group.first.event.fact.isPlacedOrder { placed.append(group) }
        trail.merged(group, order: id, outcome, version: order.state.version, refolded: order.unreadable != nil)
    }

    /// Nothing personal stays of these events, nor of what was written down beside them.
    private mutating func forget(_ group: FactGroup, with order: OrderID) {
        unscrubbed += group.events.map(\.event)
        forgotten.insert(order)
    }

    private func merge(_ group: FactGroup, into order: OrderMerge) throws -> MergeOutcome {
        do {
            return try order.merge(group.fact, statuses: statuses)
        } catch {
            throw UnreadableEvent(event: group.first, reason: "\(error)")
        }
    }

    // MARK: Step 2

    /// What must be known beyond the batch; nothing for most batches.
    var request: BatchLookup.Request {
        var request = BatchLookup.Request()
        for order in orders.values {
            if order.unreadable != nil { request.parcels.insert(order.id) }
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
        for event in shopEvents {
            request.redactions.formUnion((event.wanted ?? []) + event.concerning)
        }
        return request
    }

    /// Hears what `request` asked for.
    ///
    /// - Throws: `StateError` when the registers of an order can neither be read nor folded anew.
    mutating func prepare(_ lookup: BatchLookup) throws {
        self.lookup = lookup
        for order in orders.values.sorted(by: { $0.id < $1.id }) {
            try prepareRefold(order)
            if !order.needsRefold { prepareJoin(order) }
        }
    }

    /// Folds an order anew over everything that is merged, this batch included. What else is in the store by now comes in its
    /// own turn.
    private mutating func prepareRefold(_ order: OrderMerge) throws {
        guard order.needsRefold else { return }
        let parcels = Set(order.state.claims.waybills.map(\.id.uuid)).union(lookup.parcels[order.id] ?? [])
        let subjects = [order.id.uuid] + parcels.sorted()
        let entries = subjects.flatMap { lookup.history.entries[$0] ?? [] }
        if order.mustRedact {
            // What could not be merged holds personal data all the same.
            read(entries, into: nil)
            scrubbing.formUnion(entries.map(\.event.id))
        }
        if !lookup.history.incomplete.isDisjoint(with: subjects) {
            try order.refoldWithoutDroppedEvents()
            guard order.needsRefold else { return }
            held.insert(order.id)
        }
        let isInBatch = { [batch] (entry: EventHistory.Entry) in
            entry.event.subjectID == order.id.uuid && batch.contains(entry.event.id)
        }
        order.beginRefold(of: entries.filter { $0.status != nil || isInBatch($0) }.map(\.event))
        read(entries.filter { $0.isMerged || isInBatch($0) }, into: order)
    }

    /// Merges what couriers said of a parcel before the order claimed it.
    private mutating func prepareJoin(_ order: OrderMerge) {
        let heard = order.newClaims.flatMap { lookup.history.entries[$0.id.uuid] ?? [] }.filter { $0.status != nil }
        order.expect(heard.map(\.event))
        read(heard.filter(\.isMerged), into: order)
        if order.mustRedact { scrubbing.formUnion(heard.map(\.event.id)) }
    }

    private mutating func read(_ entries: [EventHistory.Entry], into order: OrderMerge?) {
        for entry in entries {
            if readers[entry.event.id] == nil { readings.append(entry) }
            readers[entry.event.id, default: []] += order.map { [$0.id] } ?? []
        }
    }

    /// Folds events of `readings`, with their bodies, into the orders that wait for them, and returns the bodies that must be
    /// replaced. One that cannot be read is set aside, and the rest counts.
    mutating func fold(_ events: [StoredEvent]) -> [PersonalData.ScrubbedBody] {
        for event in events {
            for id in readers[event.id] ?? [] {
                guard let order = orders[id] else { continue }
                do throws(FactError) {
                    guard let outcome = try order.fold(event, statuses: statuses) else { continue }
                    if outcomes[event.fact.fact] == nil { outcomes[event.fact.fact] = outcome }
                } catch {
                    trail.setAside(event, order: id, error)
                    order.hold()
                    held.insert(id)
                }
            }
        }
        return events.filter { scrubbing.contains($0.id) }.compactMap(PersonalData.ScrubbedBody.init)
    }

    // MARK: Step 3

    mutating func resolve() throws {
        for id in orders.keys.sorted() { join(newClaimsOf: id) }
        for group in callbacks { try mergeCallback(group) }
        for event in shopEvents { try settle(event) }
    }

    /// Says of parked events that their order has come.
    private mutating func join(newClaimsOf id: OrderID) {
        guard let order = orders[id] else { return }
        for waybill in order.newClaims {
            for entry in lookup.history.entries[waybill.id.uuid] ?? [] where entry.status == .parked {
                let outcome = order.needsRefold ? nil : outcomes[entry.event.fact.fact]
                trail.joined(entry.event, order: id, outcome, version: order.state.version)
            }
        }
    }

    private mutating func mergeCallback(_ group: FactGroup) throws {
        let waybillID = group.first.event.subjectID
        var owners = Set(lookup.ordersByWaybill[waybillID] ?? [])
        for order in orders.values where order.newClaims.contains(where: { $0.id.uuid == waybillID }) { owners.insert(order.id) }
        guard owners.allSatisfy({ orders[$0] != nil }) else {
            deferred.insert(waybillID)
            return
        }
        guard let primary = owners.min() else {
            trail.parked(group)
            return
        }
        for id in owners.sorted() where orders[id]?.mustRedact == true { forget(group, with: id) }
        guard !group.isKnown else {
            trail.replay(group, order: primary, version: orders[primary]?.state.version)
            return
        }
        var outcome: MergeOutcome?
        for id in owners.sorted() {
            guard let order = orders[id] else { continue }
            order.traceID = group.traceID
            let merged = try merge(group, into: order)
            outcome = outcome ?? merged
        }
        guard let outcome, let order = orders[primary] else { return }
        trail.merged(group, order: primary, outcome, version: order.state.version, refolded: order.unreadable != nil)
    }

    /// A redaction is first written down, by transactions of its own; then what was said beside orders is emptied and its orders are
    /// rung for, a page at a time. What is merged from then on heeds it, and what was merged before is folded anew.
    private mutating func settle(_ event: ShopEvent) throws(UnreadableEvent) {
        let group = event.group
        let wanted = event.wanted ?? []
        let missing = wanted.filter { lookup.redactions[$0] == nil }.prefix(RedactionRow.maxOrders)
        let unrung = wanted.filter { lookup.redactions[$0] == false }.prefix(RedactionRow.maxOrders)
        guard written.isDisjoint(with: missing) else {
            let reason = "what it asks to be forgotten was written down and cannot be found"
            throw UnreadableEvent(event: group.first, reason: reason)
        }
        guard missing.isEmpty, unrung.isEmpty else {
            newRedactions.formUnion(missing)
            if missing.isEmpty { dueRedactions.append(Array(unrung)) }
            // Its body, emptied or not, says until then whom it is about.
            deferred.insert(group.first.event.subjectID)
            return
        }
        let isForgotten = event.concerning.contains { lookup.redactions[$0] != nil }
        if isForgotten || event.wanted != nil { unscrubbed += group.events.map(\.event) }
        if event.wanted == nil { trail.withoutOrder(group) } else { trail.redacted(group, wanted) }
    }

    // MARK: The result

    /// Orders whose stored registers could not be read.
    var refolded: [TracedOrder] { orders.values.filter { $0.unreadable != nil }.map(TracedOrder.init).sorted { $0.id < $1.id } }
    /// Orders that are held from now on, because something that was merged into them cannot be read any more.
    var heldOrders: [TracedOrder] { held.sorted().compactMap { orders[$0].map(TracedOrder.init) } }

    /// Everything the transaction changes, and the queues to wake after it.
    func writes(
        _ policy: BookingPolicy,
        _ effects: BookingEffects,
        processing: Duration
    ) throws -> (writes: BatchWrites, queues: Set<Queue>) {
        var writes = BatchWrites()
        var scrubbing = scrubbing
        var jobs: [NewJob] = []
        var settled: [Booking] = []
        var unsettled: [Booking] = []
        for order in orders.values.sorted(by: { $0.id < $1.id }) {
            guard let change = try order.change(policy, effects) else { continue }
            writes.orders.append(change.row)
            writes.shipments += ShipmentRow.rows(of: order.state, projection: change.row.projection, order: order.id)
            writes.bookings += change.bookings
            jobs += change.jobs
            settled += change.settled
            unsettled += change.unsettled
        }
        jobs += placed.map { ProcessingJob.job(for: $0, after: processing) }
        if !jobs.isEmpty { writes.jobs.append(JobTable.insert(jobs)) }
        writes.jobs += BookingDecision.endLetters(of: settled)
        if !unsettled.isEmpty { writes.jobs.append(SettleTime.postpone(unsettled, by: effects.settle)) }
        writes.audits = trail.rows
        writes.applied = trail.applied
        writes.retriggered = trail.retriggered
        writes.held = held.sorted()
        writes.forgotten = forgotten.union(orders.values.filter(\.losesPersonalData).map(\.id)).sorted()
        writes.scrubbed = unscrubbed.filter { scrubbing.insert($0.id).inserted }.compactMap(PersonalData.ScrubbedBody.init)
        return (writes, Queue.toWake(for: jobs))
    }
}
