import Postgres

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

    /// Run by the orchestrator for `customers/redact` and `shop/redact`.
    static let insert = Statement(
        "redaction_insert",
        """
        INSERT INTO redactions (source, shop, ref_id, requested_at)
        SELECT t.source, t.shop, t.ref_id, now()
        FROM unnest($1::text[], $2::text[], $3::text[]) AS t (source, shop, ref_id)
        ORDER BY 1, 2, 3
        ON CONFLICT DO NOTHING
        """
    )

    /// Those of the given requests that are already in force: no transaction runs any more that began without seeing them.
    /// Served by `redactions_pkey`.
    static let existing = Statement(
        "redaction_existing",
        """
        SELECT r.source, r.shop, r.ref_id
        FROM redactions AS r
        JOIN unnest($1::text[], $2::text[], $3::text[]) AS t (source, shop, ref_id)
            ON r.source = t.source AND r.shop = t.shop AND r.ref_id = t.ref_id
        WHERE r.requested_by < pg_snapshot_xmin(pg_current_snapshot())
        """
    )
}
