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

    /// Subjects with events older than `age` that nobody has rung for within that time; events are taken oldest first. They
    /// count as rung for, whichever replica asked. An order is among them also when the event that rings for it is gone with its month.
    package static func overdue(
        olderThan age: Duration,
        limit: Int32,
        on connection: isolated PostgresConnection
    ) throws -> [Overdue] {
        let microseconds = age.components.seconds * 1_000_000 + age.components.attoseconds / 1_000_000_000_000
        var overdue: [Overdue] = []
        var lost: [(subject: UUID, event: UUID)] = []
        for row in try connection.query(selectOverdue, [.int8(microseconds), .int4(limit)]) {
            let subject: UUID = try row.decode(0)
            guard let source = try row.decodeIfPresent(3, as: String.self) else {
                lost.append((subject, try row.decode(1)))
                continue
            }
            guard overdue.last?.subjectID != subject else { continue }
            overdue.append(Overdue(subjectID: subject, source: source, receivedAt: try row.instant(2)))
        }
        if !lost.isEmpty {
            _ = try connection.query(setLostAside, [.uuids(lost.map(\.subject)), .uuids(lost.map(\.event))])
        }
        return overdue
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

    /// How long an attempt may take before another worker begins the next one: longer than PostgreSQL waits for a lock or a
    /// statement.
    package static let attemptLease: Duration = .seconds(15)

    /// Begins an attempt on one event, alone, and counts it before it is made: a worker that dies of it has been counted. Returns
    /// its number, from 1; nil while another worker is at it, while the event rests after one, or when it is merged.
    package static func beginAttempt(
        subject: UUID,
        event: EventID,
        on connection: isolated PostgresConnection
    ) throws -> Int32? {
        let lease = attemptLease.components.seconds * 1_000
        return try connection.query(beginAttempt, [.uuid(subject), .uuid(event.uuid), .int8(lease)]).first?.decode(0)
    }

    /// Takes an attempt back that ended for a reason that is not the event's.
    package static func takeBackAttempt(
        subject: UUID,
        event: EventID,
        on connection: isolated PostgresConnection
    ) throws {
        _ = try connection.query(takeBackAttempt, [.uuid(subject), .uuid(event.uuid)])
    }

    /// What is left alone for a while when an event could not be merged.
    package enum PostponedScope: Sendable {
        /// The event, whose attempt counts.
        case event
        /// Everything that waits for its subject; the attempt is taken back, because the event is not to blame.
        case subject
    }

    /// Ends an attempt on an event, and says when to try again. The error is not kept of an order without personal data, nor of what a
    /// shop said of a redacted customer: it may quote them.
    package static func postpone(
        _ scope: PostponedScope,
        subject: UUID,
        event: EventID,
        error: String,
        retryAfterMilliseconds: Int64,
        on connection: isolated PostgresConnection
    ) throws {
        let bindings: [Binding] = [
            .uuid(subject), .uuid(event.uuid), .text(error), .int8(retryAfterMilliseconds), .text(PersonalData.removedReason),
            .bool(scope == .subject),
        ]
        // The flight is one transaction; each of its statements sees what was committed before it began.
        _ = try connection.pipeline([(RedactionRow.permit, []), (noteFailure, bindings)])
    }

    /// Has the orders merged again although nothing new came for them.
    package static func ring(_ orders: [UUID], on connection: isolated PostgresConnection) throws {
        _ = try connection.query(ringOrders, [.uuids(orders)])
    }

    /// Deals with events that wait and are not in the store, because their months were dropped. One that had ended before only
    /// rings, and of a parcel or a shop nothing is left to be done. One that nobody has merged stays for a person to see, and nobody is
    /// rung for it again. Served by `unapplied_events_pkey` and `audit_log_pkey`.
    private static let setLostAside = Statement(
        "unapplied_set_lost_aside",
        """
        WITH lost AS (
            SELECT t.subject_id, t.event_id, EXISTS (
                SELECT FROM audit_log AS a WHERE a.subject_id = t.subject_id AND a.event_id = t.event_id) AS has_ended
            FROM unnest($1::uuid[], $2::uuid[]) AS t (subject_id, event_id)
        ), ended AS (
            DELETE FROM unapplied_events AS u USING lost AS l
            WHERE u.subject_id = l.subject_id AND u.event_id = l.event_id AND l.has_ended
        )
        UPDATE unapplied_events AS u SET retry_at = 'infinity', last_error = 'it is not in the store'
        FROM lost AS l
        WHERE u.subject_id = l.subject_id AND u.event_id = l.event_id AND NOT l.has_ended
        """
    )

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
        SELECT
            r.subject_id, r.event_id, r.received_at,
            coalesce(e.source, (
                SELECT a.source FROM audit_log AS a JOIN orders AS o ON o.id = a.subject_id
                WHERE a.subject_id = r.subject_id AND a.event_id = r.event_id
                LIMIT 1))
        FROM rung AS r
        LEFT JOIN event_store AS e
            ON e.received_at = r.received_at AND e.subject_id = r.subject_id AND e.event_id = r.event_id
        ORDER BY r.subject_id, r.received_at
        """
    )

    /// Run by the orchestrator for orders whose registers a worker could not read.
    private static let ringOrders = Statement(
        "unapplied_ring_orders",
        "WITH page AS (SELECT t.id FROM unnest($1::uuid[]) AS t (id)) \(ringPage)"
    )

    /// Rings for the orders `page`: an event that was merged rings its order, and so does every one that could not be merged: of
    /// a redacted order its body must go as well. An event that is not in the store any more rings only where no other is left. Served by
    /// `audit_log_pkey` and `event_store_subject_index`.
    static let ringPage = """
        INSERT INTO unapplied_events (subject_id, event_id, received_at)
        SELECT k.subject_id, k.event_id, k.received_at
        FROM page AS p
        CROSS JOIN LATERAL (
            (
                SELECT a.subject_id, a.event_id, a.received_at FROM audit_log AS a
                WHERE a.subject_id = p.id
                ORDER BY a.status = 'failed', \(isStored) DESC, a.fact_id, a.event_id
                LIMIT 1
            )
            UNION
            SELECT a.subject_id, a.event_id, a.received_at FROM audit_log AS a
            WHERE a.subject_id = p.id AND a.status = 'failed' AND \(isStored)
        ) AS k
        ORDER BY k.subject_id, k.event_id
        ON CONFLICT ON CONSTRAINT unapplied_events_pkey DO UPDATE SET rings = unapplied_events.rings + 1
        """

    /// Whether the event of the audit `a` is in the store still: months are dropped as a whole.
    private static let isStored = """
        EXISTS (
            SELECT FROM event_store AS e
            WHERE e.received_at = a.received_at AND e.subject_id = a.subject_id AND e.event_id = a.event_id)
        """

    /// Run by the orchestrator for doorbells that came twice or late. What has failed alone goes alone again. Served by
    /// `unapplied_events_pkey`.
    private static let raiseSuspicions = Statement(
        "unapplied_raise_suspicions",
        """
        UPDATE unapplied_events SET suspicions = suspicions + 1
        WHERE (subject_id, event_id) IN (
            SELECT subject_id, event_id FROM unapplied_events
            WHERE subject_id = ANY ($1::uuid[]) AND (retry_at IS NULL OR retry_at <= now())
            ORDER BY subject_id, event_id
            FOR UPDATE)
        RETURNING subject_id, CASE WHEN attempts > 0 THEN 2147483647 ELSE suspicions END
        """
    )

    /// Run by the orchestrator when an event is merged alone. Lanes that come to it at once count one attempt, and one that saw it
    /// before it was put to rest counts none. Served by `unapplied_events_pkey`.
    private static let beginAttempt = Statement(
        "unapplied_begin_attempt",
        """
        UPDATE unapplied_events SET attempts = attempts + 1, attempt_until = now() + $3::bigint * interval '1 millisecond'
        WHERE subject_id = $1 AND event_id = $2 AND (attempt_until IS NULL OR attempt_until <= now())
            AND (retry_at IS NULL OR retry_at <= now())
        RETURNING attempts
        """
    )

    /// Served by `unapplied_events_pkey`.
    private static let takeBackAttempt = Statement(
        "unapplied_take_back_attempt",
        "UPDATE unapplied_events SET attempts = attempts - 1, attempt_until = NULL WHERE subject_id = $1 AND event_id = $2"
    )

    /// Run by the orchestrator when an event fails alone. Served by `unapplied_events_pkey` and as `mustRedact`.
    private static let noteFailure = Statement(
        "unapplied_note_failure",
        """
        UPDATE unapplied_events SET
            last_error = CASE WHEN \(isRedacted) THEN $5 ELSE $3 END,
            retry_at = now() + $4::bigint * interval '1 millisecond',
            attempts = attempts - CASE WHEN $6 AND event_id = $2 THEN 1 ELSE 0 END, attempt_until = NULL
        WHERE subject_id = $1 AND ($6 OR event_id = $2)
        """
    )

    /// Whether the order, or one that ships with the waybill, or what a shop said beside its orders, has lost its personal data.
    /// Served by `orders_pkey`, `shipments_waybill_index`, `event_store_subject_index` and `redactions_pkey`.
    static let mustRedact = Statement("unapplied_must_redact", "SELECT \(isRedacted)")

    private static let isRedacted = """
        (
            EXISTS (
                SELECT FROM orders AS o
                WHERE o.id IN (SELECT $1::uuid UNION SELECT s.order_id FROM shipments AS s WHERE s.waybill_id = $1::uuid)
                    AND \(RedactionRow.hasRedaction))
            OR EXISTS (
                SELECT FROM event_store AS o
                WHERE o.subject_id = $1::uuid AND o.event_id = $2::uuid AND o.subject_kind = 'shop'
                    AND \(RedactionRow.hasRedaction)))
        """

    /// Run by the orchestrator once a batch. Served by `unapplied_events_pkey`. An event rung for since it was read stays.
    static let delete = Statement(
        "unapplied_delete",
        """
        DELETE FROM unapplied_events AS u
        USING unnest($1::uuid[], $2::uuid[], $3::integer[]) AS t (subject_id, event_id, rings)
        WHERE u.subject_id = t.subject_id AND u.event_id = t.event_id AND u.rings = t.rings
        """
    )
}
