package import FoundationEssentials
import Orders
package import Postgres

/// Events that could not be merged, and the orders that are held for a person because of them.
package enum Quarantine {
    /// An event that could not be merged.
    package struct Entry: Sendable {
        /// What the event is about: an order, a waybill or a shop.
        package var subjectID: UUID
        package var eventID: UUID
        /// The shop's id of the order; nil for what is about no order.
        package var refID: String?
        package var topic: String
        package var since: PostgresTimestamp
        package var reason: String
    }

    /// Most entries that one list has and one release ends.
    package static let maxEntries: Int32 = 10_000

    /// What is held of these subjects, or of all, the longest first; at most `limit`.
    package static func list(
        of subjects: [UUID]? = nil,
        limit: Int32,
        on connection: isolated PostgresConnection
    ) throws -> [Entry] {
        let bindings: [Binding] = [.bool(subjects == nil), .uuids(subjects ?? []), .int4(limit)]
        return try connection.query(select, bindings).map { row in
            Entry(
                subjectID: try row.decode(0),
                eventID: try row.decode(1),
                refID: try row.decodeIfPresent(2),
                topic: try row.decode(3),
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
                step(holding: [subject]),
                (removeWaiting, [.uuid(subject), .uuid(audit.event.id.uuid), .int4(rings)]),
                (UnappliedTable.mustRedact, [.uuid(subject), .uuid(audit.event.id.uuid)]),
            ])
            guard results[3].affected == 1 else {
                _ = try transaction.query(letGoUnlessFailed, [.uuid(subject)])
                return false
            }
            var audit = audit
            var steps: [(Statement, [Binding])] = []
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

    /// Run by `ordersctl quarantine`. Served by `audit_log_attention_index` or, for a subject, `audit_log_pkey`, and `orders_pkey`.
    private static let select = Statement(
        "quarantine_list",
        """
        SELECT a.subject_id, a.event_id, o.ref_id, a.topic, a.applied_at, a.reason
        FROM audit_log AS a
        LEFT JOIN orders AS o ON o.id = a.subject_id
        WHERE a.status = 'failed' AND ($1 OR a.subject_id = ANY ($2::uuid[]))
        ORDER BY a.applied_at, a.subject_id, a.event_id
        LIMIT $3
        """
    )

    /// Run by the orchestrator for events that end in quarantine. Served by `orders_pkey`.
    private static let holdOrders = Statement(
        "quarantine_hold_orders",
        "UPDATE orders SET quarantined = true WHERE id = ANY ($1::uuid[])"
    )

    private static let removeWaiting = Statement(
        "quarantine_remove_waiting",
        "DELETE FROM unapplied_events WHERE subject_id = $1 AND event_id = $2 AND rings = $3"
    )

    private static let letGoUnlessFailed = Statement(
        "quarantine_let_go_unless_failed",
        """
        UPDATE orders AS o SET quarantined = EXISTS (
            SELECT FROM audit_log AS a WHERE a.subject_id = o.id AND a.status = 'failed')
        WHERE o.id = $1
        """
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
