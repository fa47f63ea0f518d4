import Postgres

/// Run by the orchestrator at the start of every batch; $1 is the batch's subjects.
enum SubjectBatchStatements {
    /// Orders heard of for the first time. Sorted, so that two workers with the same new orders wait, never deadlock. Served
    /// by `orders_pkey`, `unapplied_events_pkey`, `event_store_subject_index` and `audit_log_pkey`.
    ///
    /// Into some of them something was merged before, and their rows are lost: registers that cannot be read have them folded anew.
    static let insertOrders = Statement(
        "batch_insert_orders",
        """
        INSERT INTO orders (id, source, shop, ref_id, state)
        SELECT
            s.id, e.source, e.shop, e.ref_id,
            CASE WHEN EXISTS (SELECT FROM audit_log AS a WHERE a.subject_id = s.id AND a.status <> 'failed')
                THEN 'lost'::bytea ELSE '' END
        FROM unnest($1::uuid[]) AS s (id)
        CROSS JOIN LATERAL (
            SELECT e.source, e.shop, e.ref_id
            FROM unapplied_events AS u
            JOIN event_store AS e
                ON e.received_at = u.received_at AND e.subject_id = u.subject_id AND e.event_id = u.event_id
            WHERE u.subject_id = s.id AND e.subject_kind = 'order'
            LIMIT 1
        ) AS e
        WHERE NOT EXISTS (SELECT FROM orders AS o WHERE o.id = s.id)
        ORDER BY s.id
        ON CONFLICT DO NOTHING
        """
    )

    /// The orders of the batch that something waits for, and those that ship with such a waybill: another worker may have
    /// been faster, and a lock is a write. Of large ones only the first, up to $2 bytes of registers. Served by
    /// `unapplied_events_pkey`, `orders_pkey`, `shipments_waybill_index` and `redactions_pkey`.
    static let lockOrders = Statement(
        "batch_lock_orders",
        """
        WITH waiting AS (
            SELECT DISTINCT u.subject_id FROM unapplied_events AS u
            WHERE u.subject_id = ANY ($1::uuid[]) AND (u.retry_at IS NULL OR u.retry_at <= now())
        ), sized AS (
            SELECT o.id, octet_length(o.state) AS bytes, sum(octet_length(o.state)) OVER (ORDER BY o.id) AS total
            FROM orders AS o
            WHERE o.id IN (
                SELECT w.subject_id FROM waiting AS w
                UNION
                SELECT s.order_id FROM waiting AS w JOIN shipments AS s ON s.waybill_id = w.subject_id)
        )
        SELECT
            o.id, o.state,
            \(RedactionRow.hasRedaction),
            o.source, o.shop, o.ref_id, o.quarantined
        FROM orders AS o
        WHERE o.id IN (SELECT z.id FROM sized AS z WHERE z.total - z.bytes < $2)
        ORDER BY o.id
        FOR UPDATE OF o
        """
    )

    /// Orders that a worker reports on, whether anything waits for them or not. Served by `orders_pkey` and `redactions_pkey`.
    static let lockNamed = Statement(
        "batch_lock_named",
        """
        SELECT
            o.id, o.state,
            \(RedactionRow.hasRedaction),
            o.source, o.shop, o.ref_id, o.quarantined
        FROM orders AS o
        WHERE o.id = ANY ($1::uuid[])
        ORDER BY o.id
        FOR UPDATE OF o
        """
    )

    /// The first $2 events, up to $3 bytes of bodies: the one that goes beyond is the last. Served by `unapplied_events_pkey`,
    /// `event_store_subject_index`, `duplicate_deliveries_event_index`, `audit_log_pkey`, `event_identities_pkey` and `orders_pkey`. Columns:
    /// those of `StoredEvent`, then those of `UnappliedEvent`. The times of a fact are those of all its events, also of one that
    /// could not be merged: they must not depend on which came first.
    static let unapplied = Statement(
        "batch_unapplied",
        """
        SELECT
            e.subject_id, e.subject_kind, e.event_id, e.source, e.shop, e.topic, e.ref_id, e.identity, e.fact_id, e.body_hash,
            e.delivery_id, least(e.triggered_at, d.triggered_at), e.received_at, e.body,
            e.rings, coalesce(a.has_event, false), coalesce(a.has_other, false), a.triggered_at,
            EXISTS (
                SELECT FROM event_identities AS i
                WHERE i.subject_id = e.subject_id AND i.identity = e.identity AND i.event_id <> e.event_id),
            e.last_error, a.received_at, e.trace_id
        FROM (
            SELECT
                u.subject_id, u.event_id, u.received_at, e.*, u.rings, u.last_error, octet_length(e.body) AS bytes,
                sum(octet_length(e.body)) OVER (
                    ORDER BY u.subject_id, u.received_at, u.event_id ROWS UNBOUNDED PRECEDING) AS total
            FROM unapplied_events AS u
            CROSS JOIN LATERAL (\(event)) AS e
            WHERE u.subject_id = ANY ($1::uuid[]) AND (u.retry_at IS NULL OR u.retry_at <= now())
            ORDER BY u.subject_id, u.received_at, u.event_id
            LIMIT $2
        ) AS e
        CROSS JOIN LATERAL (
            SELECT min(d.triggered_at) AS triggered_at
            FROM duplicate_deliveries AS d
            WHERE d.subject_id = e.subject_id AND d.event_id = e.event_id
        ) AS d
        CROSS JOIN LATERAL (
            SELECT
                bool_or(a.event_id = e.event_id AND a.status <> 'failed') AS has_event,
                bool_or(a.event_id <> e.event_id AND a.status <> 'failed') AS has_other,
                min(a.triggered_at) AS triggered_at,
                min(a.received_at) AS received_at
            FROM audit_log AS a
            WHERE a.subject_id = e.subject_id AND a.fact_id = e.fact_id
        ) AS a
        WHERE e.total - e.bytes < $3
        ORDER BY e.subject_id, e.received_at, e.event_id
        """
    )

    /// The event that waits as `u`, or what its audit says of an order's event whose month was dropped: somebody has rung with it for
    /// the order. One subquery each, so that of the months only one is looked at, and of the audit nothing when the event is there.
    private static let event = """
        (
            SELECT
                e.subject_kind, e.source, e.shop, e.topic, e.ref_id, e.identity, e.fact_id, e.body_hash, e.delivery_id,
                e.triggered_at, e.body, e.trace_id
            FROM event_store AS e
            WHERE e.received_at = u.received_at AND e.subject_id = u.subject_id AND e.event_id = u.event_id
            LIMIT 1
        )
        UNION ALL
        (
            SELECT
                'order', a.source, o.shop, a.topic, o.ref_id, a.event_id, a.fact_id, sha256(''), a.delivery_id, a.triggered_at,
                ''::bytea, NULL
            FROM audit_log AS a
            JOIN orders AS o ON o.id = a.subject_id
            WHERE a.subject_id = u.subject_id AND a.event_id = u.event_id AND NOT EXISTS (
                SELECT FROM event_store AS e
                WHERE e.received_at = u.received_at AND e.subject_id = u.subject_id AND e.event_id = u.event_id)
            LIMIT 1
        )
        LIMIT 1
        """
}
