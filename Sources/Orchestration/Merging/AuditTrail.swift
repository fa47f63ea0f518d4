import EventStore
import FoundationEssentials
import Orders

/// Says of every event of a batch how it ended, in words.
struct AuditTrail {
    private var ended: [AuditRow] = []
    private var asides: [EventID: AuditRow] = [:]
    private(set) var applied: [(subjectID: UUID, eventID: UUID, rings: Int32)] = []
    private(set) var retriggered: [StoredEvent] = []
    private var joined: Set<EventID> = []

    /// One row for each event.
    var rows: [AuditRow] { ended.filter { asides[$0.event.id] == nil } + asides.values.sorted { $0.event.id < $1.event.id } }

    /// The first event of the group was merged; the others repeat it.
    ///
    /// - Parameter refolded: whether the registers of the order could not be read.
    mutating func merged(_ group: FactGroup, order: OrderID, _ outcome: MergeOutcome, version: Int64?, refolded: Bool) {
        var (status, reason) = Self.words(outcome)
        if refolded { reason += "; the registers of its order could not be read and were folded anew from its events" }
        var event = group.first.event
        event.fact = event.fact.triggered(at: group.triggeredAt)
        end(
            group.first,
            AuditRow(event, order: order, status: status, reason: reason, flags: flags(group.first), version: version)
        )
        for repeated in group.events.dropFirst() { replayed(repeated, order: order, version: version) }
    }

    /// Every event of the group repeats a fact that was merged before.
    mutating func replay(_ group: FactGroup, order: OrderID, version: Int64?) {
        for event in group.events {
            if event.isAudited {
                applied.append((event.event.subjectID, event.event.id.uuid, event.rings))
                retriggered.append(event.event)
            } else {
                replayed(event, order: order, version: version)
            }
        }
    }

    /// Nobody ships with the waybill yet.
    mutating func parked(_ group: FactGroup) {
        for event in group.events {
            let waybill = "\(event.event.shop) \(event.event.refID)"
            end(
                event,
                AuditRow(
                    event.event,
                    status: .parked,
                    reason: "no order ships with \(waybill) yet; it waits",
                    flags: flags(event)
                )
            )
        }
    }

    /// A parked event found its order; `outcome` is nil when the order was folded anew with it.
    mutating func joined(_ event: StoredEvent, order: OrderID, _ outcome: MergeOutcome?, version: Int64?) {
        // A combined parcel: the first of its orders is named.
        guard joined.insert(event.id).inserted else { return }
        let (status, reason) = Self.words(outcome ?? .processed("folded into the order"))
        ended.append(
            AuditRow(event, order: order, status: status, reason: "waited for its order, then: \(reason)", version: version)
        )
    }

    /// An event that was merged or parked, or is merged now, turned out to be illegible when its order was folded.
    mutating func setAside(_ event: StoredEvent, order: OrderID, _ error: FactError) {
        asides[event.id] = AuditRow(event, order: order, status: .failed, reason: "could not be read: \(error)")
    }

    /// A shop's event that concerns no order.
    mutating func withoutOrder(_ group: FactGroup) {
        for event in group.events {
            end(
                event,
                AuditRow(event.event, status: .unmapped, reason: "\(event.event.fact.topic) concerns no order; it is kept")
            )
        }
    }

    /// A request to forget personal data, enforced.
    mutating func redacted(_ group: FactGroup, _ wanted: [RedactionRow]) {
        let orders = wanted.count(where: \.scope.isOrder)
        var parts: [String] = []
        if orders < wanted.count { parts.append("a customer") }
        if orders > 0 { parts.append(counted(orders, "order")) }
        if wanted.contains(where: { $0.scope == .wholeShop }) { parts = ["the whole shop"] }
        let scope = parts.isEmpty ? "nobody" : parts.joined(separator: " and ")
        for event in group.events {
            end(event, AuditRow(event.event, status: .processed, reason: "personal data of \(scope) is removed"))
        }
    }

    private mutating func replayed(_ event: UnappliedEvent, order: OrderID, version: Int64?) {
        end(
            event,
            AuditRow(
                event.event,
                order: order,
                status: .discarded,
                reason: "the same body was delivered before under another webhook id; it changes nothing",
                flags: flags(event) + ["replay_suspected"],
                version: version
            )
        )
    }

    private mutating func end(_ event: UnappliedEvent, _ row: AuditRow) {
        ended.append(row)
        applied.append((event.event.subjectID, event.event.id.uuid, event.rings))
    }

    private func flags(_ event: UnappliedEvent) -> [String] {
        event.hasIdentityConflict ? ["identity_conflict"] : []
    }

    private static func words(_ outcome: MergeOutcome) -> (AuditStatus, String) {
        switch outcome {
        case .processed(let reason): (.processed, reason)
        case .discarded(let reason): (.discarded, reason)
        case .unmapped(let reason): (.unmapped, reason)
        }
    }
}
