package import FoundationEssentials
import Orders
package import Postgres

/// Events that could not be merged, and the orders that are held for a person because of them.
package enum Quarantine {
    /// An event that could not be merged, or an order that is held without one.
    package struct Entry: Sendable {
        /// What the event is about: an order, a waybill or a shop.
        package var subjectID: UUID
        /// The shop's id of the order; nil for what is about no order.
        package var refID: String?
        /// Nil of an order that was folded without events that are not in the store any more.
        package var event: (id: UUID, topic: String)?
        package var since: PostgresTimestamp
        package var reason: String
    }

    /// Most entries that one list has.
    package static let maxEntries: Int32 = 10_000

    /// What is held of these subjects, or of all, the longest first; at most `limit`.
    package static func list(
        of subjects: [UUID]? = nil,
        limit: Int32,
        on connection: isolated PostgresConnection
    ) throws -> [Entry] {
        let bindings: [Binding] = [.bool(subjects == nil), .uuids(subjects ?? []), .int4(limit)]
        return try connection.query(select, bindings).map { row in
            let event = try row.decodeIfPresent(1, as: UUID.self)
            return Entry(
                subjectID: try row.decode(0),
                refID: try row.decodeIfPresent(2),
                event: try event.map { (id: $0, topic: try row.decode(3)) },
                since: try row.decode(4),
                reason: try row.decode(5)
            )
        }
    }

    /// Ends an event that cannot be merged and holds its order for a person; false when somebody else has merged it meanwhile. What
    /// has lost its personal data gets none by this.
    package static func hold(
        _ audit: AuditRow,
        rings: Int32,
        on connection: isolated PostgresConnection
    ) throws -> Bool {
        let subject = audit.event.subjectID
        return try connection.transaction { transaction in
            let results = try transaction.pipeline([
                (RedactionRow.permit, []),
                (SubjectBatchStatements.insertOrders, [.uuids([subject])]),
                (SubjectBatchStatements.lockNamed, [.uuids([subject])]),
                (removeWaiting, [.uuid(subject), .uuid(audit.event.id.uuid), .int4(rings)]),
                (UnappliedTable.mustRedact, [.uuid(subject), .uuid(audit.event.id.uuid)]),
            ])
            guard results[3].affected == 1 else { return false }
            var audit = audit
            var steps = [step(holding: [subject])]
            if try results[4][0].decode(0) {
                audit.reason = PersonalData.removedReason
                if let scrubbed = PersonalData.ScrubbedBody(audit.event) { steps.append(PersonalData.step([scrubbed])) }
            }
            _ = try transaction.commit(with: [(AuditRow.write, AuditRow.bindings([audit]))] + steps)
            return true
        }
    }

    /// The step that holds orders within the transaction that audits their events as failed.
    static func step(holding orders: [UUID]) -> (Statement, [Binding]) {
        (holdOrders, [.uuids(orders)])
    }

    /// Has the failed events of the subjects merged again and lets go of their orders; returns how many events. Whoever commits it may
    /// ring for them, or leave that to the relay.
    package static func release(_ subjects: [UUID], in transaction: inout Postgres.Transaction) throws -> Int {
        // The order first, as every merge locks it.
        try transaction.pipeline([(letGo, [.uuids(subjects)]), (putBack, [.uuids(subjects)])])[1].affected
    }

    /// Run by `ordersctl quarantine`. Served by `audit_log_attention_index` or, for a subject, `audit_log_pkey`, and `orders_pkey`; for
    /// all orders it reads their table.
    private static let select = Statement(
        "quarantine_list",
        """
        SELECT a.subject_id, a.event_id, o.ref_id, a.topic, a.applied_at, a.reason
        FROM audit_log AS a
        LEFT JOIN orders AS o ON o.id = a.subject_id
        WHERE a.status = 'failed' AND ($1 OR a.subject_id = ANY ($2::uuid[]))
        UNION ALL
        SELECT o.id, NULL, o.ref_id, NULL, o.updated_at, 'it was folded without events that are not in the store any more'
        FROM orders AS o
        WHERE o.quarantined AND ($1 OR o.id = ANY ($2::uuid[])) AND NOT EXISTS (
            SELECT FROM audit_log AS a WHERE a.status = 'failed' AND (a.subject_id = o.id OR a.order_id = o.id))
        ORDER BY 5, 1, 2
        LIMIT $3
        """
    )

    /// Run by the orchestrator for events that end in quarantine. Served by `orders_pkey`.
    private static let holdOrders = Statement(
        "quarantine_hold_orders",
        "UPDATE orders SET quarantined = true WHERE id = ANY ($1::uuid[])"
    )

    /// Run by the orchestrator for an event that ends in quarantine. Served by `unapplied_events_pkey`.
    private static let removeWaiting = Statement(
        "quarantine_remove_waiting",
        "DELETE FROM unapplied_events WHERE subject_id = $1 AND event_id = $2 AND rings = $3"
    )

    /// Run when an operator has an order tried again, as `putBack`. Served by `orders_pkey`.
    private static let letGo = Statement(
        "quarantine_let_go",
        """
        UPDATE orders SET quarantined = false
        WHERE id IN (SELECT id FROM orders WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE)
        """
    )

    /// Served by `audit_log_pkey`.
    private static let putBack = Statement(
        "quarantine_put_back",
        """
        WITH failed AS (
            DELETE FROM audit_log WHERE subject_id = ANY ($1::uuid[]) AND status = 'failed'
            RETURNING subject_id, event_id, received_at
        )
        INSERT INTO unapplied_events (subject_id, event_id, received_at)
        SELECT f.subject_id, f.event_id, f.received_at FROM failed AS f ORDER BY f.subject_id, f.event_id
        ON CONFLICT ON CONSTRAINT unapplied_events_pkey DO UPDATE SET attempts = 0, retry_at = NULL
        """
    )
}
