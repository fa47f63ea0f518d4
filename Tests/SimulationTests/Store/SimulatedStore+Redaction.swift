import FoundationEssentials
import Orders

@testable import EventStore
@testable import Orchestration

extension SimulatedStore {
    /// Orders that one transaction rings for: few, so that a shop takes several.
    private static let pageOrders = 3

    /// `personal_scrub_bodies`.
    func scrub(_ bodies: [PersonalData.ScrubbedBody]) {
        for body in bodies {
            events[body.subjectID] = events[body.subjectID]?.map { $0.id == body.eventID ? $0.with(body: body.body) : $0 }
        }
    }

    /// `redaction_ring_orders` and `redaction_ring_shop`; nothing is said beside orders here.
    func carryOut(_ rows: [RedactionRow], now: Int64) {
        for row in rows {
            guard let request = redactions[row], !request.isRung else { continue }
            let concerned = orders.filter { order in
                let record = order.value
                guard record.source == row.source, record.shop == row.shop else { return false }
                return row.scope == .wholeShop ? record.refID > request.through : row.scope == .order(record.refID)
            }
            let page = concerned.sorted { $0.value.refID < $1.value.refID }.prefix(Self.pageOrders)
            redactions[row] = (page.last?.value.refID ?? request.through, page.count < Self.pageOrders)
            for order in page.map(\.key.uuid) {
                let audited = audits.filter { $0.key.subject == order }.sorted { $0.key.event < $1.key.event }
                if let merged = audited.first(where: { $0.value.status != .failed }) { ring(merged.key, now: now) }
                for failed in audited where failed.value.status == .failed { ring(failed.key, now: now) }
            }
        }
    }

    /// `Quarantine.hold`, under the lock of the order.
    func quarantine(_ event: UnappliedEvent) {
        let (subject, id) = (event.event.subjectID, event.event.id.uuid)
        guard unapplied[subject]?[id]?.rings == event.rings else { return }
        unapplied[subject]?[id] = nil
        if unapplied[subject]?.isEmpty == true { unapplied[subject] = nil }
        audit(AuditRow(event.event, status: .failed, reason: "could not be merged"))
        guard event.event.kind == "order" else { return }
        let order = OrderID(subject)
        let locked = lockedOrder(order)
        var record = orders[order] ?? OrderRecord(source: locked.source, shop: locked.shop, refID: locked.refID)
        record.isQuarantined = true
        orders[order] = record
        if locked.mustRedact { scrub([event.event].compactMap(PersonalData.ScrubbedBody.init)) }
    }
}
