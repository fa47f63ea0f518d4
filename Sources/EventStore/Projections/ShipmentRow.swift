package import Orders
import Postgres

/// One parcel of an order and how far it is.
package struct ShipmentRow: Sendable {
    package var orderID: OrderID
    package var waybill: Waybill
    /// Nil for a parcel that the order ships with no more and that nobody has scanned.
    package var shipment: ShipmentProjection?

    /// One row for every waybill the order ever claimed: a callback for a parcel that was replaced still finds its order.
    package static func rows(of state: OrderState, projection: OrderProjection, order: OrderID) -> [ShipmentRow] {
        state.claims.waybills.map { waybill in
            ShipmentRow(
                orderID: order,
                waybill: waybill,
                shipment: projection.shipments.first { $0.waybill == waybill }
            )
        }
    }

    static func bindings(_ rows: [ShipmentRow]) -> [Binding] {
        [
            .uuids(rows.map(\.orderID.uuid)), .uuids(rows.map(\.waybill.id.uuid)),
            .texts(rows.map { $0.waybill.courier.description }),
            .texts(rows.map(\.waybill.trackingNumber)), .texts(rows.map { $0.shipment?.status?.rawValue }),
            .bools(rows.map { $0.shipment?.leg == .returning }), .bools(rows.map { $0.shipment?.cashCollected ?? false }),
            .timestamptzs(rows.map { $0.shipment?.deliveredAt?.microseconds }),
        ]
    }

    /// Orders of rows that are missing, or stored with other columns. Run by `ordersctl verify` once a page. Served by `shipments_pkey`.
    static let differing = Statement(
        "shipment_differing",
        """
        SELECT n.order_id
        FROM unnest(
            $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[], $8::timestamptz[]
        ) AS n (order_id, waybill_id, courier, tracking_number, status, return_leg, cash_collected, delivered_at)
        LEFT JOIN shipments AS s ON s.order_id = n.order_id AND s.waybill_id = n.waybill_id
        WHERE (s.order_id, s.courier, s.tracking_number, s.status, s.return_leg, s.cash_collected, s.delivered_at)
            IS DISTINCT FROM
            (n.order_id, n.courier, n.tracking_number, n.status, n.return_leg, n.cash_collected, n.delivered_at)
        """
    )

    /// Run by the orchestrator for batches with parcels. Served by `shipments_pkey`.
    static let upsert = Statement(
        "shipment_upsert",
        """
        INSERT INTO shipments (
            order_id, waybill_id, courier, tracking_number, status, return_leg, cash_collected, delivered_at)
        SELECT * FROM unnest(
            $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[], $8::timestamptz[])
        ON CONFLICT ON CONSTRAINT shipments_pkey DO UPDATE SET
            courier = excluded.courier, tracking_number = excluded.tracking_number,
            status = excluded.status, return_leg = excluded.return_leg, cash_collected = excluded.cash_collected,
            delivered_at = excluded.delivered_at
        """
    )
}
