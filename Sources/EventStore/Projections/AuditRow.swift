package import Orders
import Postgres

/// How an event ended.
package enum AuditStatus: String, Sendable {
    case processed
    case discarded
    case duplicate
    case parked
    case unmapped
    case failed
}

/// The audit row of one event.
package struct AuditRow: Sendable {
    package var event: StoredEvent
    package var orderID: OrderID?
    package var status: AuditStatus
    /// A sentence for people.
    package var reason: String
    package var flags: [String]
    /// Version of the order after the event.
    package var version: Int64?

    package init(
        _ event: StoredEvent,
        order: OrderID? = nil,
        status: AuditStatus,
        reason: String,
        flags: [String] = [],
        version: Int64? = nil
    ) {
        self.event = event
        self.orderID = order
        self.status = status
        self.reason = reason
        self.flags = flags
        self.version = version
    }

    static func bindings(_ rows: [AuditRow]) -> [Binding] {
        [
            .uuids(rows.map(\.event.subjectID)), .uuids(rows.map(\.event.fact.fact.uuid)), .uuids(rows.map(\.event.id.uuid)),
            .uuids(rows.map { $0.orderID?.uuid }), .texts(rows.map(\.event.fact.source)), .texts(rows.map(\.event.fact.topic)),
            .texts(rows.map(\.event.deliveryID)), .texts(rows.map(\.status.rawValue)), .texts(rows.map(\.reason)),
            .texts(rows.map { $0.flags.joined(separator: "\n") }), .int8s(rows.map(\.version)),
            .timestamptzs(rows.map { $0.event.fact.triggeredAt?.microseconds }),
            .timestamptzs(rows.map(\.event.fact.receivedAt.microseconds)),
        ]
    }

    /// Run by the orchestrator once a batch. A row that is there already says something else now: a parked callback found
    /// its order, a Triggered-At changed, a failed event was requeued. Served by `audit_log_pkey`.
    static let write = Statement(
        "audit_write",
        """
        INSERT INTO audit_log AS a (
            subject_id, fact_id, event_id, order_id, source, topic, delivery_id, status, reason, flags, version,
            triggered_at, received_at)
        SELECT
            subject_id, fact_id, event_id, order_id, source, topic, delivery_id, status, reason,
            string_to_array(flags, E'\\n'), version, triggered_at, received_at
        FROM unnest(
            $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::bigint[], $12::timestamptz[], $13::timestamptz[]
        ) AS t (
            subject_id, fact_id, event_id, order_id, source, topic, delivery_id, status, reason, flags, version,
            triggered_at, received_at)
        ON CONFLICT ON CONSTRAINT audit_log_pkey DO UPDATE SET
            order_id = excluded.order_id, status = excluded.status, reason = excluded.reason, flags = excluded.flags,
            version = excluded.version, triggered_at = excluded.triggered_at, applied_at = now()
        """
    )

    /// Run by the orchestrator when a duplicate lowers a Triggered-At: rare. Served by `audit_log_pkey`.
    static let retrigger = Statement(
        "audit_retrigger",
        """
        UPDATE audit_log AS a SET triggered_at = t.triggered_at
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[]) AS t (subject_id, fact_id, event_id, triggered_at)
        WHERE a.subject_id = t.subject_id AND a.fact_id = t.fact_id AND a.event_id = t.event_id
        """
    )
}
