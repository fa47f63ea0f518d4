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
    /// Of the orders and, once `claim` has named them, of the parcels they ever shipped with.
    package private(set) var history: EventHistory
    /// The parcels that each order ever shipped with: those that its rows name, and those of `claim`.
    package private(set) var waybills: [OrderID: Set<UUID>]
    package var bookings: [OrderID: [Booking]]
    /// What couriers' words mean at the moment of the page.
    package var statuses: CourierStatusMap
    private let isLocked: Bool

    /// The order itself and its parcels.
    package func subjects(of order: OrderID) -> [UUID] { [order.uuid] + (waybills[order] ?? []).sorted() }

    /// Names the parcels that the orders' own events speak of, and reads what was heard of all parcels. Those that no row links to
    /// their order are locked first when the page is: nobody parks a callback meanwhile.
    package mutating func claim(_ claims: [OrderID: [Waybill]], in transaction: inout Postgres.Transaction) throws {
        var request = BatchLookup.Request()
        for (order, claimed) in claims {
            for waybill in claimed where waybills[order, default: []].insert(waybill.id.uuid).inserted && isLocked {
                request.waybills.insert(WaybillRow(waybill))
            }
        }
        if !request.isEmpty { _ = try BatchLookup.read(request, in: &transaction) }
        let parcels = Set(waybills.values.flatMap(\.self))
        history.add(try EventHistory(transaction.pipeline(EventHistory.statements(Array(parcels)))[...]))
    }

    /// Takes the personal data out of every event of the orders that have lost theirs, also of those that could not be merged;
    /// returns those orders.
    package func scrubRedacted(in transaction: inout Postgres.Transaction) throws -> [OrderID] {
        let redacted = orders.map(\.order).filter(\.mustRedact).map(\.id)
        let entries = Set(redacted.flatMap(subjects)).sorted().flatMap { history.entries[$0] ?? [] }
        for page in EventHistory.pages(entries) {
            let events = try EventHistory.read(page, in: &transaction)
            try PersonalData.write(events.compactMap(PersonalData.ScrubbedBody.init), in: &transaction)
        }
        return redacted
    }

    /// The page after `cursor`; empty at the end. For a rewrite in the same transaction it makes the rows that are missing and locks
    /// them all.
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
        if locking {
            _ = try transaction.pipeline([(RedactionRow.permit, []), (OrderPageStatements.restore, bindings)])
        } else {
            try transaction.readOneMoment()
        }
        let statement = locking ? OrderPageStatements.lockPage : OrderPageStatements.readPage
        let orders = try transaction.query(statement, bindings).map { row in
            Stored(
                order: try LockedOrder(row: row),
                version: try row.decode(LockedOrder.columnCount),
                hash: try row.decode(LockedOrder.columnCount + 1),
                columns: try row.decode(LockedOrder.columnCount + 2)
            )
        }
        let ids: [Binding] = [.uuids(orders.map(\.order.id.uuid))]
        let heads = try transaction.pipeline([
            (BookingRow.ofSubjects, ids), (OrderPageStatements.waybills, ids), (CourierStatusTable.selectAll, []),
        ])
        var waybills: [OrderID: Set<UUID>] = [:]
        for row in heads[1] { waybills[OrderID(try row.decode(0)), default: []].insert(try row.decode(1)) }
        return OrderPage(
            orders: orders,
            history: try EventHistory(transaction.pipeline(EventHistory.statements(orders.map(\.order.id.uuid)))[...]),
            waybills: waybills,
            bookings: try BookingRow.bookings(heads[0]),
            statuses: .standard.adding(try CourierStatusTable.mappings(heads[2])),
            isLocked: locking
        )
    }
}

/// Run by `ordersctl verify` and `ordersctl rebuild`, a page at a time.
private enum OrderPageStatements {
    /// For those that only look. Served as `page`.
    static let readPage = Statement("order_page_read", page)
    /// For a rebuild that changes what it finds. Served as `page`.
    static let lockPage = Statement("order_page_lock", page + " FOR UPDATE OF o")

    /// The orders of the page that have events and no row; not those of which an event was dropped with its month, because nobody
    /// knows any more what they were. Served by `audit_log_pkey`, `orders_pkey` and `event_store_subject_index`.
    static let restore = Statement(
        "order_page_restore",
        """
        INSERT INTO orders (id, source, shop, ref_id, quarantined, created_at)
        SELECT a.subject_id, min(e.source), min(e.shop), min(e.ref_id), bool_or(a.status = 'failed'), min(a.applied_at)
        FROM audit_log AS a
        LEFT JOIN event_store AS e
            ON e.received_at = a.received_at AND e.subject_id = a.subject_id AND e.event_id = a.event_id
        WHERE a.subject_id > $1 AND a.order_id = a.subject_id
            AND a.subject_id <= coalesce(
                (SELECT o.id FROM orders AS o WHERE o.id > $1 ORDER BY o.id OFFSET $2 - 1 LIMIT 1),
                'ffffffff-ffff-ffff-ffff-ffffffffffff')
            AND NOT EXISTS (SELECT FROM orders AS o WHERE o.id = a.subject_id)
        GROUP BY a.subject_id
        HAVING count(*) = count(e.event_id)
        ORDER BY a.subject_id
        LIMIT $2
        ON CONFLICT DO NOTHING
        """
    )

    /// Served by `orders_pkey` and `shipments_pkey`.
    private static let page = """
        SELECT
            o.id, o.state,
            \(RedactionRow.hasRedaction),
            o.source, o.shop, o.ref_id, o.quarantined,
            o.version, o.state_hash,
            (to_jsonb(o) - '{state,state_hash,updated_at}'::text[] || jsonb_build_object('shipments', (
                SELECT jsonb_agg(to_jsonb(s) - 'order_id' ORDER BY s.waybill_id) FROM shipments AS s WHERE s.order_id = o.id
            )))::text
        FROM orders AS o
        WHERE o.id > $1
        ORDER BY o.id
        LIMIT $2
        """

    /// Served by `shipments_pkey`.
    static let waybills = Statement(
        "order_page_waybills",
        "SELECT s.order_id, s.waybill_id FROM shipments AS s WHERE s.order_id = ANY ($1::uuid[])"
    )
}
