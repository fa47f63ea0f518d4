import Orders
package import Postgres

/// A request to forget personal data.
package struct RedactionRow: Hashable, Sendable {
    /// Whose personal data.
    package enum Scope: Hashable, Sendable {
        /// Of one order, by its name at the shop.
        case order(String)
        /// Of one customer, as `Redaction.customer` names them, in events about no order.
        case customer(String)
        case wholeShop

        /// From the column `ref_id`: an order is neither called like a customer nor nothing.
        init(refID: String) {
            self = refID.isEmpty ? .wholeShop : Redaction.isCustomer(refID) ? .customer(refID) : .order(refID)
        }

        /// The column `ref_id`.
        var refID: String {
            switch self {
            case .order(let name), .customer(let name): name
            case .wholeShop: ""
            }
        }

        package var isOrder: Bool { if case .order = self { true } else { false } }
    }

    package var source: String
    package var shop: String
    package var scope: Scope

    package init(source: String, shop: String, scope: Scope) {
        self.source = source
        self.shop = shop
        self.scope = scope
    }

    static func bindings(_ rows: [RedactionRow]) -> [Binding] {
        [.texts(rows.map(\.source)), .texts(rows.map(\.shop)), .texts(rows.map(\.scope.refID))]
    }

    /// Writes requests down, a page a transaction. When it returns they are in force: every transaction that did not see them has
    /// ended, and every later one heeds them. Safe to repeat.
    package static func write(_ rows: [RedactionRow], on connection: isolated PostgresConnection) throws {
        for page in pages(rows) { _ = try connection.pipeline([(waitForMerges, []), (insert, bindings(Array(page)))]) }
    }

    /// Carries out requests that are in force and of one shop, a page a transaction: empties what the shop said beside orders, then
    /// rings for the orders concerned. Of a customer's events, of a shop's events and of a shop's orders the next page only. Safe to
    /// repeat.
    package static func carryOut(_ rows: [RedactionRow], on connection: isolated PostgresConnection) throws {
        for row in rows where !row.scope.isOrder {
            if try PersonalData.forgetEvents(of: row, on: connection) { return }
        }
        for page in pages(rows) {
            let names: [Binding] = [.text(page.first?.source), .text(page.first?.shop)]
            let isWholeShop = page.contains { $0.scope == .wholeShop }
            _ = try connection.query(
                isWholeShop ? ringShop : ringOrders,
                names + [isWholeShop ? .int4(pageOrders) : .texts(page.map(\.scope.refID))]
            )
        }
    }

    private static func pages(_ rows: [RedactionRow]) -> [ArraySlice<RedactionRow>] {
        stride(from: 0, to: rows.count, by: Int(pageOrders)).map { rows[$0..<min($0 + Int(pageOrders), rows.count)] }
    }

    /// Most orders that one transaction writes down or rings for.
    package static let pageOrders: Int32 = 1_000
    /// Most orders of one customer that are dealt with before the lane looks up again.
    package static let maxOrders = 32_000

    /// Whether the order `o` of a statement has lost its personal data, or the event about no order `o`: its `ref_id` is the customer.
    /// Served by `redactions_pkey`.
    package static let hasRedaction = """
        EXISTS (
            SELECT FROM redactions AS r
            WHERE r.source = o.source AND r.shop = o.shop AND r.ref_id IN (o.ref_id, ''))
        """

    /// Taken by every transaction that merges, folds, or writes beside an order, before it looks for a redaction or at what operators
    /// mapped; freed by its end.
    package static let permit = Statement(
        "redaction_permit",
        "SELECT pg_advisory_xact_lock_shared(hashtext('redactions ' || current_schema()))"
    )

    /// Waits for all who hold a permit and keeps new ones waiting until the redaction, or the mapping, is committed.
    static let waitForMerges = Statement(
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

    /// Run by the orchestrator once for each page of a customer's orders. Served by `redactions_pkey`, `orders_ref_key` and
    /// `audit_log_pkey`.
    private static let ringOrders = Statement(
        "redaction_ring_orders",
        """
        WITH named AS (
            SELECT r.ref_id FROM redactions AS r
            WHERE r.source = $1 AND r.shop = $2 AND r.ref_id = ANY ($3::text[]) AND NOT r.is_rung
            ORDER BY r.ref_id
            FOR UPDATE
        ), marked AS (
            UPDATE redactions AS r SET is_rung = true FROM named AS n
            WHERE r.source = $1 AND r.shop = $2 AND r.ref_id = n.ref_id
        ), page AS (
            SELECT o.id FROM named AS n JOIN orders AS o ON o.source = $1 AND o.shop = $2 AND o.ref_id = n.ref_id
        )
        \(UnappliedTable.ringPage)
        """
    )

    /// As `ringOrders`, for every order of a shop, again and again until all are rung for.
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
        \(UnappliedTable.ringPage)
        """
    )
}
