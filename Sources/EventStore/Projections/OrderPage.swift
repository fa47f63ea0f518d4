package import FoundationEssentials
package import Orders
package import Postgres

/// Orders in id order, a page at a time, with everything needed to fold them anew.
package struct OrderPage: Sendable {
    /// An order as stored.
    package struct Stored: Sendable {
        package var order: LockedOrder
        package var version: Int64
        package var hash: [UInt8]
        /// The visible columns as JSON text, for a before/after comparison.
        package var columns: String
    }

    package var orders: [Stored]
    /// Subject id → its events that are merged, i.e. audited and not failed.
    package var history: [UUID: [StoredEvent]]
    package var bookings: [OrderID: [Booking]]

    /// The page after `cursor`; empty at the end. Locks the rows when asked to, for a rewrite in the same transaction.
    package static func read(
        after cursor: OrderID?,
        limit: Int32,
        locking: Bool,
        in transaction: inout Postgres.Transaction
    ) throws -> OrderPage {
        let bindings: [Binding] = [
            .uuid(cursor?.uuid ?? UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))), .int4(limit),
        ]
        // Without locks, orders and events must be read of one moment: others go on merging.
        if !locking { try transaction.readOneMoment() }
        let statement = locking ? OrderPageStatements.lockPage : OrderPageStatements.readPage
        let orders = try transaction.query(statement, bindings).map { row in
            Stored(
                order: try LockedOrder(row: row),
                version: try row.decode(LockedOrder.columnCount),
                hash: try row.decode(LockedOrder.columnCount + 1),
                columns: try row.decode(LockedOrder.columnCount + 2)
            )
        }
        let ids = orders.map(\.order.id)
        let bookings = try transaction.query(BookingRow.ofSubjects, [.uuids(ids.map(\.uuid))])
        return OrderPage(
            orders: orders,
            history: try history(of: ids, in: &transaction),
            bookings: try BookingRow.bookings(bookings)
        )
    }

    private static func history(
        of orders: [OrderID],
        in transaction: inout Postgres.Transaction
    ) throws -> [UUID: [StoredEvent]] {
        var history: [UUID: [StoredEvent]] = [:]
        for row in try transaction.query(OrderPageStatements.merged, [.uuids(orders.map(\.uuid))]) {
            let event = try StoredEvent(row: row)
            history[event.subjectID, default: []].append(event)
        }
        return history
    }
}

/// Run by `ordersctl verify` and `ordersctl rebuild`, a page at a time.
private enum OrderPageStatements {
    static let readPage = Statement("order_page_read", page)
    static let lockPage = Statement("order_page_lock", page + " FOR UPDATE OF o")

    /// Served by `orders_pkey`.
    private static let page = """
        SELECT
            o.id, o.state,
            EXISTS (
                SELECT FROM redactions AS r
                WHERE r.source = o.source AND r.shop = o.shop AND r.ref_id IN (o.ref_id, '')),
            o.source, o.shop, o.ref_id, o.quarantined,
            o.version, o.state_hash,
            (to_jsonb(o) - '{state,state_hash,updated_at}'::text[])::text
        FROM orders AS o
        WHERE o.id > $1
        ORDER BY o.id
        LIMIT $2
        """

    /// Merged events of the orders and of the parcels they ship with. Served by `event_store_subject_index`,
    /// `shipments_pkey` and `audit_log_pkey`.
    static let merged = Statement(
        "order_page_merged",
        """
        SELECT
            e.subject_id, e.subject_kind, e.event_id, e.source, e.shop, e.topic, e.ref_id, e.identity, e.fact_id, e.body_hash,
            e.delivery_id,
            least(e.triggered_at, (
                SELECT min(d.triggered_at) FROM duplicate_deliveries AS d
                WHERE d.subject_id = e.subject_id AND d.event_id = e.event_id)),
            e.received_at, e.body
        FROM event_store AS e
        JOIN audit_log AS a
            ON a.subject_id = e.subject_id AND a.fact_id = e.fact_id AND a.event_id = e.event_id
        WHERE e.subject_id IN (
                SELECT unnest($1::uuid[]) UNION SELECT s.waybill_id FROM shipments AS s WHERE s.order_id = ANY ($1::uuid[]))
            AND a.status <> 'failed'
        ORDER BY e.subject_id, e.received_at, e.event_id
        """
    )
}
