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
    /// Of the orders and of the parcels they ever shipped with.
    package var history: EventHistory
    /// The parcels that each order ever shipped with.
    package var waybills: [OrderID: [UUID]]
    package var bookings: [OrderID: [Booking]]
    /// What couriers' words mean at the moment of the page.
    package var statuses: CourierStatusMap

    /// The order itself and its parcels.
    package func subjects(of order: OrderID) -> [UUID] { [order.uuid] + (waybills[order] ?? []) }

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
        if locking {
            _ = try transaction.query(RedactionRow.permit)
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
        var waybills: [OrderID: [UUID]] = [:]
        for row in heads[1] { waybills[OrderID(try row.decode(0)), default: []].append(try row.decode(1)) }
        let subjects = Set(orders.map(\.order.id.uuid) + waybills.values.flatMap(\.self))
        return OrderPage(
            orders: orders,
            history: try EventHistory(transaction.pipeline(EventHistory.statements(Array(subjects)))[...]),
            waybills: waybills,
            bookings: try BookingRow.bookings(heads[0]),
            statuses: .standard.adding(try CourierStatusTable.mappings(heads[2]))
        )
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
            \(RedactionRow.hasRedaction),
            o.source, o.shop, o.ref_id, o.quarantined,
            o.version, o.state_hash,
            (to_jsonb(o) - '{state,state_hash,updated_at}'::text[])::text
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
