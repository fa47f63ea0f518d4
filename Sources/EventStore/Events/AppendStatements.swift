import Postgres

enum AppendStatements {
    /// Called by the coalescer of ingest: once per batch, at saturation about once per 60 events. Served by
    /// `event_identities_pkey`.
    ///
    /// Returns a row for each duplicate only, because there are few: its position from 0, and whether its Triggered-At was not
    /// known, so that `ring` must follow.
    static let append = Statement(
        "event_append",
        """
        WITH incoming AS (
            SELECT * FROM unnest(
                $1::uuid[], $2::uuid[], $3::boolean[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::text[], $11::bytea[], $12::text[], $13::timestamptz[], $14::timestamptz[]
            ) WITH ORDINALITY AS t (
                subject_id, event_id, is_first, identity, fact_id, subject_kind, source, shop, topic,
                ref_id, body_hash, delivery_id, triggered_at, received_at, position
            )
        ), fresh AS (
            INSERT INTO event_identities (subject_id, identity, event_id, received_at, triggered_at)
            SELECT subject_id, identity, event_id, received_at, triggered_at FROM incoming WHERE is_first ORDER BY position
            ON CONFLICT DO NOTHING
            RETURNING subject_id, event_id, received_at
        ), stored AS (
            INSERT INTO event_store (
                subject_id, event_id, received_at, subject_kind, source, shop, topic, ref_id, identity, fact_id, body_hash,
                delivery_id, triggered_at, body, trace_id)
            SELECT
                i.subject_id, i.event_id, i.received_at, i.subject_kind, i.source, i.shop, i.topic, i.ref_id, i.identity,
                i.fact_id, i.body_hash, i.delivery_id, i.triggered_at, ($15::bytea[])[i.position], ($16::uuid[])[i.position]
            FROM incoming AS i JOIN fresh AS f ON f.event_id = i.event_id AND f.subject_id = i.subject_id
            WHERE i.is_first
        ), waiting AS (
            INSERT INTO unapplied_events (subject_id, event_id, received_at)
            SELECT subject_id, event_id, received_at FROM fresh
        ), known AS (
            SELECT i.position, i.is_first, i.subject_id, i.identity, i.event_id, i.received_at, i.triggered_at, i.delivery_id
            FROM incoming AS i LEFT JOIN fresh AS f ON f.event_id = i.event_id AND f.subject_id = i.subject_id
            WHERE NOT i.is_first OR f.event_id IS NULL
        ), repeated AS (
            INSERT INTO duplicate_deliveries (subject_id, event_id, received_at, triggered_at, delivery_id)
            SELECT subject_id, event_id, received_at, triggered_at, delivery_id FROM known
        )
        SELECT
            (i.position - 1)::integer,
            i.is_first AND i.triggered_at IS NOT NULL AND i.triggered_at IS DISTINCT FROM (
                SELECT k.triggered_at FROM event_identities AS k
                WHERE k.subject_id = i.subject_id AND k.identity = i.identity AND k.event_id = i.event_id)
        FROM known AS i
        """
    )

    /// Called after a commit with an unknown outcome. Served by `event_identities_pkey`.
    static let stored = Statement(
        "event_stored",
        """
        SELECT k.event_id
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS r (subject_id, identity, event_id)
        JOIN event_identities AS k
            ON k.subject_id = r.subject_id AND k.identity = r.identity AND k.event_id = r.event_id
        """
    )

    /// Called after `append` for the duplicates with a new Triggered-At: rare. Served by `event_identities_pkey`.
    static let ring = Statement(
        "event_ring",
        """
        INSERT INTO unapplied_events (subject_id, event_id, received_at)
        SELECT k.subject_id, k.event_id, k.received_at
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS r (subject_id, identity, event_id)
        JOIN event_identities AS k
            ON k.subject_id = r.subject_id AND k.identity = r.identity AND k.event_id = r.event_id
        ORDER BY k.subject_id, k.event_id
        ON CONFLICT ON CONSTRAINT unapplied_events_pkey DO UPDATE SET rings = unapplied_events.rings + 1
        """
    )
}
