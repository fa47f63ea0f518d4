package import FoundationEssentials
package import Orders
package import Postgres

/// What a batch must know beyond its own rows: the parcels it touches and the whole history of some subjects.
package struct BatchLookup: Sendable {
    /// Waybill id → orders that ship with it, read under the waybills' locks.
    package var ordersByWaybill: [UUID: [OrderID]]
    /// Subject id → all its events with whether each has been audited.
    package var history: [UUID: [StoredEvent]]
    /// How the events of `history` ended; an event that nobody has merged yet is not in here.
    package var auditStatus: [EventID: AuditStatus]
    /// Those of the asked-for redactions that are in force.
    package var redactions: Set<RedactionRow>

    package init(
        ordersByWaybill: [UUID: [OrderID]] = [:],
        history: [UUID: [StoredEvent]] = [:],
        auditStatus: [EventID: AuditStatus] = [:],
        redactions: Set<RedactionRow> = []
    ) {
        self.ordersByWaybill = ordersByWaybill
        self.history = history
        self.auditStatus = auditStatus
        self.redactions = redactions
    }

    /// Whether an event of `history` was merged, or parked, by an earlier transaction.
    package func isMerged(_ event: EventID) -> Bool {
        auditStatus[event].map { $0 != .failed } ?? false
    }

    /// What to look up.
    package struct Request: Sendable {
        package var waybills: Set<WaybillRow> = []
        package var history: Set<UUID> = []
        package var redactions: Set<RedactionRow> = []

        package init() {}

        package var isEmpty: Bool { waybills.isEmpty && history.isEmpty && redactions.isEmpty }
    }

    /// Locks the waybills, in id order and after the orders, then reads who ships with them and whatever else is asked for.
    package static func read(_ request: Request, in transaction: inout Postgres.Transaction) throws -> BatchLookup {
        let waybills = request.waybills.sorted { $0.id < $1.id }
        let ids: Binding = .uuids(waybills.map(\.id))
        let results = try transaction.pipeline([
            (
                BatchLookupStatements.insertWaybills,
                [ids, .texts(waybills.map(\.courier)), .texts(waybills.map(\.trackingNumber))]
            ),
            (BatchLookupStatements.lockWaybills, [ids]),
            (BatchLookupStatements.links, [ids]),
            (BatchLookupStatements.history, [.uuids(Array(request.history))]),
            (RedactionRow.existing, RedactionRow.bindings(Array(request.redactions))),
        ])
        var lookup = BatchLookup()
        for row in results[2] {
            lookup.ordersByWaybill[try row.decode(0), default: []].append(OrderID(try row.decode(1)))
        }
        for row in results[3] {
            let event = try StoredEvent(row: row)
            lookup.history[event.subjectID, default: []].append(event)
            let status = try row.decodeIfPresent(StoredEvent.columnCount, as: String.self)
            lookup.auditStatus[event.id] = status.flatMap(AuditStatus.init)
        }
        for row in results[4] {
            let redaction = RedactionRow(source: try row.decode(0), shop: try row.decode(1), refID: try row.decode(2))
            lookup.redactions.insert(redaction)
        }
        return lookup
    }
}

/// A parcel as couriers name it.
package struct WaybillRow: Hashable, Sendable {
    package var id: UUID
    package var courier: String
    package var trackingNumber: String

    package init(_ waybill: Waybill) {
        self.init(id: waybill.id.uuid, courier: waybill.courier.rawValue, trackingNumber: waybill.trackingNumber)
    }

    package init(id: UUID, courier: String, trackingNumber: String) {
        self.id = id
        self.courier = courier
        self.trackingNumber = trackingNumber
    }
}

/// Run by the orchestrator for batches with courier callbacks, new parcels or a refold.
private enum BatchLookupStatements {
    /// Sorted by the caller. Served by `waybills_pkey`.
    static let insertWaybills = Statement(
        "lookup_insert_waybills",
        """
        INSERT INTO waybills (id, courier, tracking_number)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])
        ON CONFLICT DO NOTHING
        """
    )

    static let lockWaybills = Statement(
        "lookup_lock_waybills",
        "SELECT w.id FROM waybills AS w WHERE w.id = ANY ($1::uuid[]) ORDER BY w.id FOR UPDATE"
    )

    /// Served by `shipments_waybill_index`.
    static let links = Statement(
        "lookup_links",
        """
        SELECT s.waybill_id, s.order_id FROM shipments AS s WHERE s.waybill_id = ANY ($1::uuid[])
        ORDER BY s.waybill_id, s.order_id
        """
    )

    /// Served by `event_store_subject_index`, `duplicate_deliveries_event_index` and `audit_log_pkey`.
    static let history = Statement(
        "lookup_history",
        """
        SELECT
            e.subject_id, e.subject_kind, e.event_id, e.source, e.shop, e.topic, e.ref_id, e.identity, e.fact_id, e.body_hash,
            e.delivery_id,
            least(e.triggered_at, (
                SELECT min(d.triggered_at) FROM duplicate_deliveries AS d
                WHERE d.subject_id = e.subject_id AND d.event_id = e.event_id)),
            e.received_at, e.body, a.status
        FROM event_store AS e
        LEFT JOIN audit_log AS a
            ON a.subject_id = e.subject_id AND a.fact_id = e.fact_id AND a.event_id = e.event_id
        WHERE e.subject_id = ANY ($1::uuid[])
        ORDER BY e.subject_id, e.received_at, e.event_id
        """
    )
}
