import FoundationEssentials
import Orders
import Postgres

@testable import EventStore
@testable import Orchestration
@testable import Queues

extension SimulatedStore {
    /// `batch_lock_orders`: the orders of the subjects that something waits for, and those that ship with such a waybill.
    func ordersToLock(_ subjects: [UUID]) -> Set<UUID> {
        var ids: Set<UUID> = []
        for subject in subjects {
            guard let waiting = unapplied[subject], !waiting.isEmpty, let first = events[subject]?.first else { continue }
            if first.kind == "order" { ids.insert(subject) }
            for order in ordersByWaybill[subject] ?? [] { ids.insert(order.uuid) }
        }
        return ids
    }

    /// What a batch reads under its locks.
    func batch(_ subjects: [UUID], locked: Set<UUID>, limit: Int) -> SubjectBatch {
        var waiting: [UnappliedEvent] = []
        for subject in subjects.sorted() {
            let rows = unapplied[subject] ?? [:]
            guard !rows.isEmpty else { continue }
            for event in events[subject] ?? [] {
                guard let row = rows[event.id.uuid] else { continue }
                waiting.append(unapplied(read(event), row))
            }
        }
        waiting.sort {
            ($0.event.subjectID, $0.event.fact.receivedAt, $0.event.id) < (
                $1.event.subjectID, $1.event.fact.receivedAt, $1.event.id
            )
        }
        return SubjectBatch(
            values: locked.sorted().map { lockedOrder(OrderID($0)) },
            events: Array(waiting.prefix(limit)),
            bookings: bookings.filter { locked.contains($0.key.uuid) }
        )
    }

    func lockedOrder(_ id: OrderID) -> LockedOrder {
        let first = events[id.uuid]?.first
        let order =
            orders[id]
            ?? OrderRecord(
                source: first?.fact.source ?? "",
                shop: first?.shop ?? "",
                refID: first?.refID ?? ""
            )
        return LockedOrder(
            id: id,
            state: order.state,
            source: order.source,
            shop: order.shop,
            refID: order.refID,
            mustRedact: [.order(order.refID), .wholeShop].contains {
                redactions[RedactionRow(source: order.source, shop: order.shop, scope: $0)] != nil
            },
            isQuarantined: order.isQuarantined
        )
    }

    private func unapplied(_ event: StoredEvent, _ row: Waiting) -> UnappliedEvent {
        let others = auditsByFact[event.subjectID]?[event.fact.fact.uuid] ?? []
        let ended = others.compactMap { other in
            audits[EventKey(subject: event.subjectID, event: other)].map { (event: other, audit: $0) }
        }
        let merged = ended.filter { $0.audit.status != .failed }.map(\.event)
        return UnappliedEvent(
            event,
            rings: row.rings,
            isAudited: merged.contains(event.id.uuid),
            isKnownFact: merged.contains { $0 != event.id.uuid },
            usedTriggeredAt: ended.compactMap(\.audit.triggeredAt).min(),
            usedReceivedAt: ended.map(\.audit.receivedAt).min(),
            hasIdentityConflict: (identities[event.identity]?.count ?? 0) > 1
        )
    }

    /// `BatchLookup.read`, its waybills locked.
    func lookup(_ request: BatchLookup.Request) -> BatchLookup {
        var lookup = BatchLookup()
        for waybill in request.waybills {
            if let owners = ordersByWaybill[waybill.id] { lookup.ordersByWaybill[waybill.id] = owners.sorted() }
        }
        for subject in request.history {
            for event in events[subject] ?? [] {
                let status = audits[EventKey(subject: subject, event: event.id.uuid)]?.status
                let entry = EventHistory.Entry(event: read(event), bytes: event.fact.body.count, status: status)
                lookup.history.entries[subject, default: []].append(entry)
            }
        }
        for redaction in request.redactions { lookup.redactions[redaction] = redactions[redaction]?.isRung }
        return lookup
    }

    /// The commit of a batch: all of it or, by not being called, none.
    func commit(_ writes: BatchWrites, now: Int64) {
        for row in writes.orders {
            let locked = lockedOrder(row.id)
            var record = orders[row.id] ?? OrderRecord(source: locked.source, shop: locked.shop, refID: locked.refID)
            if row.version < record.version { violations.append("I3 the version of \(row.id) went back") }
            record.state = row.state
            record.hash = row.hash
            record.version = row.version
            orders[row.id] = record
            feed.append((row.id, row.version))
        }
        for row in writes.shipments { ordersByWaybill[row.waybill.id.uuid, default: []].insert(row.orderID) }
        for booking in writes.bookings { upsert(booking) }
        for (statement, bindings) in writes.jobs { run(statement, bindings, now: now) }
        for row in writes.audits { audit(row) }
        for order in writes.held { orders[order]?.isQuarantined = true }
        scrub(writes.scrubbed)
        for event in writes.retriggered {
            audits[EventKey(subject: event.subjectID, event: event.id.uuid)]?.triggeredAt = event.fact.triggeredAt
        }
        for row in writes.applied where unapplied[row.subjectID]?[row.eventID]?.rings == row.rings {
            unapplied[row.subjectID]?[row.eventID] = nil
            if unapplied[row.subjectID]?.isEmpty == true { unapplied[row.subjectID] = nil }
        }
    }

    func audit(_ row: AuditRow) {
        let key = EventKey(subject: row.event.subjectID, event: row.event.id.uuid)
        if audits[key] == nil {
            auditsByFact[key.subject, default: [:]][row.event.fact.fact.uuid, default: []].append(key.event)
        }
        audits[key] = Audit(
            status: row.status,
            triggeredAt: row.event.fact.triggeredAt,
            receivedAt: row.event.fact.receivedAt
        )
    }

    private func upsert(_ booking: Booking) {
        var all = bookings[booking.order] ?? []
        all.removeAll { $0.attempt == booking.attempt }
        all.append(booking)
        bookings[booking.order] = all.sorted { $0.attempt < $1.attempt }
    }

    /// `bookings_active_key`, after a whole commit.
    func checkActiveBookings(of order: OrderID) {
        let active = (bookings[order] ?? []).filter(\.isActive)
        if active.count > 1 { violations.append("I4 \(order) has the active attempts \(active.map(\.attempt))") }
    }
}
