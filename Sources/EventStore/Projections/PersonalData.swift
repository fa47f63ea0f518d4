package import FoundationEssentials
package import Orders
package import Postgres

/// Removes what is personal from the rows that a fold does not write: bodies, and words of others beside an order.
package enum PersonalData {
    /// A stored body and what takes its place. Hashes stay: a further delivery is still a duplicate.
    package struct ScrubbedBody: Sendable {
        package var subjectID: UUID
        package var eventID: EventID
        package var receivedAt: Instant
        package var body: [UInt8]

        /// Nil when the body of the event holds nothing personal.
        package init?(_ event: StoredEvent) {
            body = Redaction.scrub(event.fact.body)
            guard body != event.fact.body else { return nil }
            subjectID = event.subjectID
            eventID = event.id
            receivedAt = event.fact.receivedAt
        }
    }

    /// What stands where an error stood that something redacted met: it may quote what it was about.
    package static let removedReason = "removed with the personal data it may quote"

    /// Replaces bodies; in the transaction that folds their order anew.
    package static func write(_ bodies: [ScrubbedBody], in transaction: inout Postgres.Transaction) throws {
        if !bodies.isEmpty { _ = try transaction.query(scrubBodies, bindings(bodies)) }
    }

    static func step(_ bodies: [ScrubbedBody]) -> (Statement, [Binding]) { (scrubBodies, bindings(bodies)) }

    /// The statements that empty what is kept beside the orders; run whenever something is merged into an order that has lost its
    /// personal data, because what came with it may hold some: an operator's edit is written down beside its event.
    static func steps(forgetting orders: [OrderID]) -> [(Statement, [Binding])] {
        let ids: Binding = .uuids(orders.map(\.uuid))
        return [
            (forgetReasons, [ids, .text(removedReason)]), (forgetErrors, [ids]), (forgetJobs, [ids]), (forgetFinishedJobs, [ids]),
            (forgetBookings, [ids]), (forgetEdits, [ids]),
        ]
    }

    private static func bindings(_ bodies: [ScrubbedBody]) -> [Binding] {
        [
            .uuids(bodies.map(\.subjectID)), .uuids(bodies.map(\.eventID.uuid)),
            .timestamptzs(bodies.map(\.receivedAt.microseconds)), .byteses(bodies.map(\.body)),
        ]
    }

    /// Run by the orchestrator when a redacted order or an event about one is merged. Served by `event_store_subject_index`.
    private static let scrubBodies = Statement(
        "personal_scrub_bodies",
        """
        UPDATE event_store AS e SET body = t.body
        FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bytea[]) AS t (subject_id, event_id, received_at, body)
        WHERE e.received_at = t.received_at AND e.subject_id = t.subject_id AND e.event_id = t.event_id
        """
    )

    /// All that follow are run by the orchestrator for batches with redacted orders. Served by `audit_log_pkey` and
    /// `shipments_pkey`.
    private static let forgetReasons = Statement(
        "personal_forget_reasons",
        """
        UPDATE audit_log SET reason = $2
        WHERE status = 'failed' AND reason <> $2 AND subject_id IN (
            SELECT unnest($1::uuid[]) UNION SELECT s.waybill_id FROM shipments AS s WHERE s.order_id = ANY ($1::uuid[]))
        """
    )

    /// Served by `unapplied_events_pkey` and `shipments_pkey`.
    private static let forgetErrors = Statement(
        "personal_forget_errors",
        """
        UPDATE unapplied_events SET last_error = NULL
        WHERE last_error IS NOT NULL AND subject_id IN (
            SELECT unnest($1::uuid[]) UNION SELECT s.waybill_id FROM shipments AS s WHERE s.order_id = ANY ($1::uuid[]))
        """
    )

    /// What was answered, and what went wrong in the words of others. Served by `jobs_pkey`.
    private static let forgetJobs = Statement(
        "personal_forget_jobs",
        """
        UPDATE jobs SET last_answer = NULL, last_error = NULL
        WHERE order_id = ANY ($1::uuid[]) AND (last_answer IS NOT NULL OR last_error IS NOT NULL)
        """
    )

    /// An operator who discards a job says why in words of his own. Served by `finished_jobs_order_index`.
    private static let forgetFinishedJobs = Statement(
        "personal_forget_finished_jobs",
        """
        UPDATE finished_jobs SET
            answer = NULL, last_error = NULL, reason = CASE WHEN outcome = 'discarded' THEN NULL ELSE reason END
        WHERE order_id = ANY ($1::uuid[])
            AND (answer IS NOT NULL OR last_error IS NOT NULL OR outcome = 'discarded' AND reason IS NOT NULL)
        """
    )

    /// A courier's reason may quote an address, and the hash of one can be guessed. Served by `bookings_pkey`.
    private static let forgetBookings = Statement(
        "personal_forget_bookings",
        """
        UPDATE bookings SET reason = NULL, destination_hash = sha256('')
        WHERE order_id = ANY ($1::uuid[]) AND (reason IS NOT NULL OR destination_hash <> sha256(''))
        """
    )

    /// Who edited the order stays, not what was written. Served by `operator_audit_target_index`.
    private static let forgetEdits = Statement(
        "personal_forget_edits",
        """
        UPDATE operator_audit AS a SET before = NULL, after = NULL, reason = NULL
        FROM unnest($1::uuid[]) AS t (order_id)
        WHERE a.target = 'order:' || t.order_id AND coalesce(a.before, a.after, to_jsonb(a.reason)) IS NOT NULL
        """
    )
}
