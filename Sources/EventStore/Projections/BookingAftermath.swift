package import FoundationEssentials
package import Orders
package import Postgres

/// What came of the bookings of some orders: nobody sent it, and it is part of their state.
package struct BookingAftermath: Sendable {
    /// Subject id → merged facts about it: what couriers answered to bookings, and what they said later about those parcels.
    package var facts: [UUID: [StoredFact]] = [:]
    package var bookings: [OrderID: [Booking]] = [:]

    package init() {}

    /// Reads it as of the moment of the transaction.
    package init(of orders: [UUID], in transaction: inout Postgres.Transaction) throws {
        for row in try transaction.query(BookingAftermathStatements.events, [.uuids(orders)]) {
            let event = try StoredEvent(row: row)
            facts[event.subjectID, default: []].append(event.fact)
        }
        bookings = try BookingRow.bookings(try transaction.query(BookingRow.ofSubjects, [.uuids(orders)]))
    }
}

private enum BookingAftermathStatements {
    /// Run by the checkers of `chaos`, once a run. Served by `event_store_subject_index`, `bookings_pkey` and `shipments_pkey`.
    static let events = Statement(
        "booking_aftermath",
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
        WHERE (e.source = 'booking' AND e.subject_id = ANY ($1::uuid[])
                OR e.subject_id IN (
                    SELECT s.waybill_id
                    FROM bookings AS b
                    JOIN shipments AS s
                        ON s.order_id = b.order_id AND s.courier = b.courier AND s.tracking_number = b.tracking_number
                    WHERE b.order_id = ANY ($1::uuid[])))
            AND a.status <> 'failed'
        ORDER BY e.subject_id, e.received_at, e.event_id
        """
    )
}
