package import Postgres

/// A request to forget the personal data of one order, or of every order of a shop.
package struct RedactionRow: Hashable, Sendable {
    package var source: String
    package var shop: String
    /// Empty for the whole shop.
    package var refID: String

    package init(source: String, shop: String, refID: String) {
        self.source = source
        self.shop = shop
        self.refID = refID
    }

    static func bindings(_ rows: [RedactionRow]) -> [Binding] {
        [.texts(rows.map(\.source)), .texts(rows.map(\.shop)), .texts(rows.map(\.refID))]
    }

    /// Writes requests down. When it returns they are in force: every transaction that did not see them has ended, and every
    /// later one heeds them. Safe to repeat.
    package static func write(_ rows: [RedactionRow], on connection: isolated PostgresConnection) throws {
        _ = try connection.pipeline([(waitForMerges, []), (insert, bindings(rows))])
    }

    /// The statement that rings for the next orders concerned by one of the requests; all are of one shop.
    static func ring(_ rows: [RedactionRow]) -> (Statement, [Binding]) {
        let names: [Binding] = [.text(rows.first?.source), .text(rows.first?.shop)]
        return rows.contains { $0.refID.isEmpty }
            ? (ringShop, names + [.int4(pageOrders)]) : (ringOrders, names + [.texts(rows.map(\.refID)), .int4(pageOrders)])
    }

    /// Most orders that one transaction rings for.
    package static let pageOrders: Int32 = 1_000

    /// Taken by every transaction that may write personal data, before it looks whether it may; freed by its end.
    static let permit = Statement(
        "redaction_permit",
        "SELECT pg_advisory_xact_lock_shared(hashtext('redactions ' || current_schema()))"
    )

    /// Waits for all who hold a permit and keeps new ones waiting until the redaction is committed.
    private static let waitForMerges = Statement(
        "redaction_wait",
        "SELECT pg_advisory_xact_lock(hashtext('redactions ' || current_schema()))"
    )

    /// Run by the orchestrator for `customers/redact` and `shop/redact`.
    private static let insert = Statement(
        "redaction_insert",
        """
        INSERT INTO redactions (source, shop, ref_id, requested_at)
        SELECT t.source, t.shop, t.ref_id, now()
        FROM unnest($1::text[], $2::text[], $3::text[]) AS t (source, shop, ref_id)
        ORDER BY 1, 2, 3
        ON CONFLICT DO NOTHING
        """
    )

    /// Those of the given requests that are in force, and whether all of their orders have been rung for. Served by
    /// `redactions_pkey`.
    static let existing = Statement(
        "redaction_existing",
        """
        SELECT r.source, r.shop, r.ref_id, r.is_rung
        FROM redactions AS r
        JOIN unnest($1::text[], $2::text[], $3::text[]) AS t (source, shop, ref_id)
            ON r.source = t.source AND r.shop = t.shop AND r.ref_id = t.ref_id
        """
    )

    /// Run by the orchestrator, again and again until all are rung for. Served by `redactions_pkey`, `orders_ref_key` and
    /// `audit_log_pkey`.
    private static let ringOrders = Statement(
        "redaction_ring_orders",
        """
        WITH named AS (
            SELECT r.ref_id FROM redactions AS r
            WHERE r.source = $1 AND r.shop = $2 AND r.ref_id = ANY ($3::text[]) AND NOT r.is_rung
            ORDER BY r.ref_id
            LIMIT $4
            FOR UPDATE
        ), marked AS (
            UPDATE redactions AS r SET is_rung = true FROM named AS n
            WHERE r.source = $1 AND r.shop = $2 AND r.ref_id = n.ref_id
        ), page AS (
            SELECT o.id FROM named AS n JOIN orders AS o ON o.source = $1 AND o.shop = $2 AND o.ref_id = n.ref_id
        )
        \(ringPage)
        """
    )

    /// As `ringOrders`, for every order of a shop.
    private static let ringShop = Statement(
        "redaction_ring_shop",
        """
        WITH request AS (
            SELECT r.rung_through FROM redactions AS r
            WHERE r.source = $1 AND r.shop = $2 AND r.ref_id = '' AND NOT r.is_rung
            FOR UPDATE
        ), page AS (
            SELECT o.id, o.ref_id FROM request AS r JOIN orders AS o ON o.source = $1 AND o.shop = $2 AND o.ref_id > r.rung_through
            ORDER BY o.ref_id
            LIMIT $3
        ), marked AS (
            UPDATE redactions AS r SET
                rung_through = coalesce((SELECT max(p.ref_id) FROM page AS p), r.rung_through),
                is_rung = (SELECT count(*) FROM page) < $3
            WHERE r.source = $1 AND r.shop = $2 AND r.ref_id = '' AND NOT r.is_rung
        )
        \(ringPage)
        """
    )

    /// An event that was merged rings its order, and so does every one that could not be merged: its body must go as well.
    private static let ringPage = """
        INSERT INTO unapplied_events (subject_id, event_id, received_at)
        SELECT k.subject_id, k.event_id, k.received_at
        FROM page AS p
        CROSS JOIN LATERAL (
            (
                SELECT a.subject_id, a.event_id, a.received_at FROM audit_log AS a
                WHERE a.subject_id = p.id AND a.status <> 'failed'
                ORDER BY a.fact_id, a.event_id
                LIMIT 1
            )
            UNION ALL
            SELECT a.subject_id, a.event_id, a.received_at FROM audit_log AS a WHERE a.subject_id = p.id AND a.status = 'failed'
        ) AS k
        ORDER BY k.subject_id, k.event_id
        ON CONFLICT ON CONSTRAINT unapplied_events_pkey DO UPDATE SET rings = unapplied_events.rings + 1
        """
}
