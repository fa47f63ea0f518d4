import Orders
import Postgres

/// What a shop said beside its orders.
extension PersonalData {
    /// Most events that one transaction empties.
    package static let pageEvents: Int32 = 1_000

    /// Empties the next page of what the shop said of the customer, or of everybody, in a transaction of its own: bodies, and the errors
    /// that events met. The request is in force, so that what is merged from now on is emptied by its merge.
    ///
    /// - Returns: whether there may be more.
    static func forgetEvents(of request: RedactionRow, on connection: isolated PostgresConnection) throws -> Bool {
        let shop = ShopID(source: request.source, shop: request.shop).uuid
        let name: [Binding] = [.text(request.source), .text(request.shop), .text(request.scope.refID)]
        let statement = request.scope == .wholeShop ? nextOfShop : nextOfCustomer
        return try connection.transaction { transaction in
            let entries = try transaction.query(statement, name + [.uuid(shop), .int4(pageEvents)]).map { row in
                let bytes = Int(try row.decode(StoredEvent.columnCount, as: Int32.self))
                return EventHistory.Entry(event: try StoredEvent(row: row), bytes: bytes, status: nil)
            }
            guard let page = EventHistory.pages(entries).first, let last = page.last else { return false }
            let bodies = try EventHistory.read(page, in: &transaction).compactMap(ScrubbedBody.init)
            let ids: [Binding] = [.uuid(shop), .uuids(page.map(\.event.id.uuid))]
            _ = try transaction.commit(with: [
                step(bodies),
                (forgetErrorsOfEvents, ids),
                (forgetReasonsOfEvents, ids + [.uuids(page.map(\.event.fact.fact.uuid)), .text(removedReason)]),
                (advance, name + [.uuid(last.event.id.uuid)]),
            ])
            return page.count < entries.count || entries.count == Int(pageEvents)
        }
    }

    // All that follow are run by the orchestrator once for each page.

    /// Served by `redactions_pkey` and `event_store_subject_index`.
    private static let nextOfShop = next("personal_next_of_shop", "true")
    /// Served by `redactions_pkey` and `event_store_customer_index`.
    private static let nextOfCustomer = next("personal_next_of_customer", "e.ref_id = $3")

    private static func next(_ name: String, _ isConcerned: String) -> Statement {
        Statement(
            name,
            """
            WITH request AS (
                SELECT r.forgotten_through FROM redactions AS r
                WHERE r.source = $1 AND r.shop = $2 AND r.ref_id = $3 AND NOT r.is_rung
                FOR UPDATE
            )
            SELECT
                e.subject_id, e.subject_kind, e.event_id, e.source, e.shop, e.topic, e.ref_id, e.identity, e.fact_id, e.body_hash,
                e.delivery_id, e.triggered_at, e.received_at, ''::bytea, octet_length(e.body)
            FROM request AS r
            CROSS JOIN LATERAL (
                SELECT e.* FROM event_store AS e
                WHERE e.subject_id = $4 AND e.subject_kind = 'shop' AND \(isConcerned) AND e.event_id > r.forgotten_through
                ORDER BY e.event_id
                LIMIT $5
            ) AS e
            ORDER BY e.event_id
            """
        )
    }

    /// Served by `unapplied_events_pkey`.
    private static let forgetErrorsOfEvents = Statement(
        "personal_forget_errors_of_events",
        """
        UPDATE unapplied_events SET last_error = NULL
        WHERE (subject_id, event_id) IN (
            SELECT u.subject_id, u.event_id FROM unapplied_events AS u
            WHERE u.subject_id = $1 AND u.event_id = ANY ($2::uuid[]) AND u.last_error IS NOT NULL
            ORDER BY u.subject_id, u.event_id
            FOR UPDATE)
        """
    )

    /// Served by `audit_log_pkey`.
    private static let forgetReasonsOfEvents = Statement(
        "personal_forget_reasons_of_events",
        """
        UPDATE audit_log AS a SET reason = $4
        FROM unnest($2::uuid[], $3::uuid[]) AS t (event_id, fact_id)
        WHERE a.subject_id = $1 AND a.fact_id = t.fact_id AND a.event_id = t.event_id AND a.status = 'failed' AND a.reason <> $4
        """
    )

    /// Run with each page of events that has forgotten. Served by `redactions_pkey`.
    private static let advance = Statement(
        "personal_advance",
        "UPDATE redactions SET forgotten_through = $4 WHERE source = $1 AND shop = $2 AND ref_id = $3"
    )
}
