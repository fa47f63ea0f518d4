import Postgres

/// Run by `ordersctl explain` and by the console, once for each order a person looks into; $1 is the order.
enum ExplanationStatements {
    /// Served by `orders_pkey` and `redactions_pkey`.
    static let order = Statement(
        "explanation_order",
        """
        SELECT
            o.state,
            \(RedactionRow.hasRedaction),
            o.quarantined
        FROM orders AS o
        WHERE o.id = $1
        """
    )

    /// The jobs of an order that have not ended. Served by `jobs_pkey`.
    static let jobs = Statement(
        "explanation_jobs",
        """
        SELECT
            j.key, j.state, j.attempt, (extract(epoch FROM j.run_at - now()) * 1000)::bigint, left(j.last_error, 500)
        FROM jobs AS j
        WHERE j.order_id = $1
        ORDER BY j.id
        LIMIT 1000
        """
    )

    /// Served by `event_store_subject_index`, `shipments_pkey` and `duplicate_deliveries_event_index`.
    static let counts = Statement(
        "explanation_counts",
        """
        SELECT
            (SELECT count(*) FROM event_store AS e WHERE e.subject_id IN (\(subjects))),
            (SELECT count(*) FROM duplicate_deliveries AS d WHERE d.subject_id IN (\(subjects)))
        """
    )

    static let eventIDColumn = 2
    static let receivedAtColumn = StoredEvent.columnCount

    /// A page of the events of the order and of its parcels, the newest first, after the event ($2 received, $3 id). The times
    /// are those of the fact: the smallest over all its events and their deliveries. Only the bodies of the page are read.
    /// Served by `event_store_subject_index`, `shipments_pkey`, `duplicate_deliveries_event_index`, `audit_log_pkey` and
    /// `unapplied_events_pkey`.
    static let events = Statement(
        "explanation_events",
        """
        WITH heads AS (
            SELECT
                e.subject_id, e.event_id, e.received_at,
                min(least(e.triggered_at, d.triggered_at)) OVER fact AS triggered_at,
                min(e.received_at) OVER fact AS first_received_at
            FROM event_store AS e
            LEFT JOIN LATERAL (
                SELECT min(d.triggered_at) AS triggered_at
                FROM duplicate_deliveries AS d
                WHERE d.subject_id = e.subject_id AND d.event_id = e.event_id
            ) AS d ON true
            WHERE e.subject_id IN (\(subjects))
            WINDOW fact AS (PARTITION BY e.subject_id, e.fact_id)
        ), page AS (
            SELECT * FROM heads AS h
            WHERE $2::timestamptz IS NULL OR (h.received_at, h.event_id) < ($2::timestamptz, $3::uuid)
            ORDER BY h.received_at DESC, h.event_id DESC
            LIMIT $4
        )
        SELECT
            e.subject_id, e.subject_kind, e.event_id, e.source, e.shop, e.topic, e.ref_id, e.identity, e.fact_id, e.body_hash,
            e.delivery_id, p.triggered_at, p.first_received_at, e.body,
            e.received_at, u.event_id IS NOT NULL, a.status, a.reason, array_to_string(a.flags, E'\\n')
        FROM page AS p
        JOIN event_store AS e ON e.subject_id = p.subject_id AND e.event_id = p.event_id AND e.received_at = p.received_at
        LEFT JOIN audit_log AS a
            ON a.subject_id = e.subject_id AND a.fact_id = e.fact_id AND a.event_id = e.event_id
        LEFT JOIN unapplied_events AS u ON u.subject_id = e.subject_id AND u.event_id = e.event_id
        ORDER BY e.received_at DESC, e.event_id DESC
        """
    )

    /// Served by `shipments_waybill_index`.
    static let ofWaybill = Statement(
        "explanation_of_waybill",
        "SELECT s.order_id FROM shipments AS s WHERE s.waybill_id = $1 ORDER BY s.order_id LIMIT 100"
    )

    private static let subjects = "SELECT $1::uuid UNION SELECT s.waybill_id FROM shipments AS s WHERE s.order_id = $1::uuid"
}
