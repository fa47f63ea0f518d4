package import FoundationEssentials
package import Orders
package import Postgres

/// What is stored and not merged yet.
package enum UnappliedTable {
    /// An event that waits longer than it should.
    package struct Overdue: Sendable {
        package var subjectID: UUID
        package var source: String
        package var receivedAt: Instant
    }

    /// Subjects with events older than `age` that nobody has rung for within that time, oldest first. They count as rung
    /// for, whichever replica asked.
    package static func overdue(
        olderThan age: Duration,
        limit: Int32,
        on connection: isolated PostgresConnection
    ) throws -> [Overdue] {
        let microseconds = age.components.seconds * 1_000_000 + age.components.attoseconds / 1_000_000_000_000
        return try connection.query(selectOverdue, [.int8(microseconds), .int4(limit)]).map { row in
            Overdue(
                subjectID: try row.decode(0),
                source: try row.decode(1),
                receivedAt: try row.instant(2)
            )
        }
    }

    /// Notes that work on these subjects begins again, for work that may have killed its worker. Returns how often that has
    /// happened to each subject; it costs no attempt.
    package static func suspect(
        _ subjects: [UUID],
        on connection: isolated PostgresConnection
    ) throws -> [UUID: Int32] {
        var suspicions: [UUID: Int32] = [:]
        for row in try connection.query(raiseSuspicions, [.uuids(subjects)]) {
            let subject: UUID = try row.decode(0)
            suspicions[subject] = max(suspicions[subject] ?? 0, try row.decode(1))
        }
        return suspicions
    }

    /// Counts an attempt on one event, alone, before it is made: a worker that dies of it has been counted.
    package static func countAttempt(
        subject: UUID,
        event: EventID,
        on connection: isolated PostgresConnection
    ) throws {
        _ = try connection.query(addAttempts, [.uuid(subject), .uuid(event.uuid), .int4(1)])
    }

    /// Takes an attempt back that ended for a reason that is not the event's.
    package static func uncountAttempt(
        subject: UUID,
        event: EventID,
        on connection: isolated PostgresConnection
    ) throws {
        _ = try connection.query(addAttempts, [.uuid(subject), .uuid(event.uuid), .int4(-1)])
    }

    /// Notes why an attempt failed and when to try again.
    package static func postpone(
        subject: UUID,
        event: EventID,
        error: String,
        retryAfterMilliseconds: Int64,
        on connection: isolated PostgresConnection
    ) throws {
        _ = try connection.query(
            noteFailure,
            [.uuid(subject), .uuid(event.uuid), .text(error), .int8(retryAfterMilliseconds)]
        )
    }

    /// Ends an event that cannot be merged and holds its order for a person; false when somebody else has merged it meanwhile.
    package static func quarantine(
        _ audit: AuditRow,
        rings: Int32,
        on connection: isolated PostgresConnection
    ) throws -> Bool {
        let subject = audit.event.subjectID
        return try connection.transaction { transaction in
            let results = try transaction.pipeline([
                (SubjectBatchStatements.insertOrders, [.uuids([subject])]),
                (holdOrder, [.uuid(subject)]),
                (remove, [.uuid(subject), .uuid(audit.event.id.uuid), .int4(rings)]),
            ])
            guard results[2].affected == 1 else {
                _ = try transaction.query(releaseOrder, [.uuid(subject)])
                return false
            }
            _ = try transaction.commit(with: [(AuditRow.write, AuditRow.bindings([audit]))])
            return true
        }
    }

    /// Run by the relay of every replica about twice a second, and not while much is rung for already: it reads the whole
    /// table, which is small then, and no index on the time of arrival burdens every event. Rows that a worker is merging
    /// are skipped.
    private static let selectOverdue = Statement(
        "unapplied_overdue",
        """
        WITH overdue AS (
            SELECT subject_id, event_id
            FROM unapplied_events
            WHERE received_at < now() - $1::bigint * interval '1 microsecond'
                AND (retry_at IS NULL OR retry_at <= now())
                AND (rung_at IS NULL OR rung_at < now() - $1::bigint * interval '1 microsecond')
            ORDER BY received_at
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        ), rung AS (
            UPDATE unapplied_events AS u SET rung_at = now()
            FROM overdue AS o
            WHERE u.subject_id = o.subject_id AND u.event_id = o.event_id
            RETURNING u.subject_id, u.event_id, u.received_at
        )
        SELECT r.subject_id, min(e.source), min(r.received_at)
        FROM rung AS r
        JOIN event_store AS e
            ON e.received_at = r.received_at AND e.subject_id = r.subject_id AND e.event_id = r.event_id
        GROUP BY r.subject_id
        """
    )

    /// Run by the orchestrator for doorbells that came twice or late. Served by `unapplied_events_pkey`.
    private static let raiseSuspicions = Statement(
        "unapplied_raise_suspicions",
        """
        UPDATE unapplied_events SET suspicions = suspicions + 1
        WHERE (subject_id, event_id) IN (
            SELECT subject_id, event_id FROM unapplied_events
            WHERE subject_id = ANY ($1::uuid[]) AND (retry_at IS NULL OR retry_at <= now())
            ORDER BY subject_id, event_id
            FOR UPDATE)
        RETURNING subject_id, suspicions
        """
    )

    /// Run by the orchestrator when an event is merged alone.
    private static let addAttempts = Statement(
        "unapplied_add_attempts",
        "UPDATE unapplied_events SET attempts = attempts + $3 WHERE subject_id = $1 AND event_id = $2"
    )

    /// Run by the orchestrator when an event fails alone.
    private static let noteFailure = Statement(
        "unapplied_note_failure",
        """
        UPDATE unapplied_events SET last_error = $3, retry_at = now() + $4::bigint * interval '1 millisecond'
        WHERE subject_id = $1 AND event_id = $2
        """
    )

    /// Run by the orchestrator for redactions that are not in force yet. Served by `unapplied_events_pkey`.
    static let waitAMoment = Statement(
        "unapplied_wait_a_moment",
        """
        UPDATE unapplied_events AS u SET retry_at = now() + interval '250 milliseconds'
        FROM unnest($1::uuid[], $2::uuid[]) AS t (subject_id, event_id)
        WHERE u.subject_id = t.subject_id AND u.event_id = t.event_id
        """
    )

    private static let holdOrder = Statement(
        "unapplied_hold_order",
        "UPDATE orders SET quarantined = true, updated_at = now() WHERE id = $1"
    )

    private static let releaseOrder = Statement(
        "unapplied_release_order",
        """
        UPDATE orders AS o SET quarantined = EXISTS (
            SELECT FROM audit_log AS a WHERE a.subject_id = o.id AND a.status = 'failed')
        WHERE o.id = $1
        """
    )

    private static let remove = Statement(
        "unapplied_remove",
        "DELETE FROM unapplied_events WHERE subject_id = $1 AND event_id = $2 AND rings = $3"
    )

    /// Run by the orchestrator once a batch. Served by `unapplied_events_pkey`. An event rung for since it was read stays.
    static let delete = Statement(
        "unapplied_delete",
        """
        DELETE FROM unapplied_events AS u
        USING unnest($1::uuid[], $2::uuid[], $3::integer[]) AS t (subject_id, event_id, rings)
        WHERE u.subject_id = t.subject_id AND u.event_id = t.event_id AND u.rings = t.rings
        """
    )

    /// Run by the orchestrator for a redaction in force: one known event of each order concerned rings. Served by
    /// `orders_ref_key` and `audit_log_pkey`.
    static let ringRedacted = Statement(
        "unapplied_ring_redacted",
        """
        INSERT INTO unapplied_events (subject_id, event_id, received_at)
        SELECT DISTINCT k.subject_id, k.event_id, k.received_at
        FROM unnest($1::text[], $2::text[], $3::text[]) AS r (source, shop, ref_id)
        JOIN orders AS o ON o.source = r.source AND o.shop = r.shop AND r.ref_id IN (o.ref_id, '')
        CROSS JOIN LATERAL (
            SELECT a.subject_id, a.event_id, a.received_at
            FROM audit_log AS a
            WHERE a.subject_id = o.id AND a.status <> 'failed'
            ORDER BY a.fact_id, a.event_id
            LIMIT 1
        ) AS k
        ORDER BY k.subject_id, k.event_id
        ON CONFLICT ON CONSTRAINT unapplied_events_pkey DO UPDATE SET rings = unapplied_events.rings + 1
        """
    )

    /// Run by the orchestrator when a redacted order is folded. Served by `event_store_subject_index`.
    static let scrub = Statement(
        "event_scrub",
        """
        UPDATE event_store AS e SET body = t.body
        FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bytea[]) AS t (subject_id, event_id, received_at, body)
        WHERE e.received_at = t.received_at AND e.subject_id = t.subject_id AND e.event_id = t.event_id
        """
    )
}
