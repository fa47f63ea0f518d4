package import Orders
package import Postgres

/// The row of an order after a merge.
package struct OrderRow: Sendable {
    package var id: OrderID
    package var version: Int64
    package var state: [UInt8]
    package var hash: Digest
    package var projection: OrderProjection

    package init(id: OrderID, version: Int64, state: [UInt8], hash: Digest, projection: OrderProjection) {
        self.id = id
        self.version = version
        self.state = state
        self.hash = hash
        self.projection = projection
    }

    /// Parameters of `update`: one array a column.
    static func bindings(_ rows: [OrderRow]) -> [Binding] {
        let projections = rows.map(\.projection)
        return [
            .uuids(rows.map(\.id.uuid)),
            .texts(projections.map(\.name)),
            .texts(projections.map(\.paymentStatus.rawValue)),
            .texts(projections.map(\.shippingStatus.rawValue)),
            .texts(projections.map(\.status.rawValue)),
            .texts(projections.map(\.orderStatus.rawValue)),
            .bools(projections.map(\.placeholder)),
            .texts(projections.map { $0.courier?.rawValue }),
            .texts(projections.map(\.trackingNumber)),
            .texts(projections.map { $0.shippingFee?.description }),
            .texts(projections.map { $0.customer.map { String(decoding: $0, as: UTF8.self) } }),
            .texts(projections.map { $0.shippingAddress.map { String(decoding: $0, as: UTF8.self) } }),
            .texts(projections.map { $0.totalPrice?.description }),
            .texts(projections.map(\.currency)),
            .timestamptzs(projections.map { $0.deliveryAt?.microseconds }),
            .timestamptzs(projections.map { $0.cancelledAt?.microseconds }),
            .timestamptzs(projections.map { $0.businessUpdatedAt?.microseconds }),
            .timestamptzs(projections.map { $0.shippingUpdatedAt?.microseconds }),
            .bools(projections.map(\.bookability.isBookable)),
            .texts(projections.map { $0.bookability.whyNot.joined(separator: separator) }),
            .texts(projections.map { Set($0.anomalies.map(\.kind.rawValue)).sorted().joined(separator: separator) }),
            .int8s(rows.map(\.version)),
            .byteses(rows.map(\.state)),
            .byteses(rows.map(\.hash.bytes)),
        ]
    }

    /// An array of arrays cannot be unnested by row, so short lists travel as one text each.
    private static let separator = "\n"

    /// The parameters as rows `n`.
    private static let rows = """
        FROM unnest(
            $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::text[], $9::text[],
            $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::timestamptz[], $16::timestamptz[],
            $17::timestamptz[], $18::timestamptz[], $19::boolean[], $20::text[], $21::text[], $22::bigint[], $23::bytea[],
            $24::bytea[]
        ) AS n (
            id, name, payment_status, shipping_status, status, order_status, placeholder, courier, tracking_number,
            shipping_fee, customer, shipping_address, total_price, currency, delivery_at, cancelled_at,
            business_updated_at, shipping_updated_at, bookable, not_bookable, flags, version, state, state_hash
        )
        """

    /// Those of the rows that are stored with other columns. Run by `ordersctl verify` once a page. Served by `orders_pkey`.
    private static let differing = Statement(
        "order_differing",
        """
        SELECT n.id
        \(rows)
        JOIN orders AS o ON o.id = n.id
        WHERE (
            o.name, o.payment_status, o.shipping_status, o.status, o.order_status, o.placeholder, o.courier, o.tracking_number,
            o.shipping_fee, o.customer, o.shipping_address, o.total_price, o.currency, o.delivery_at, o.cancelled_at,
            o.business_updated_at, o.shipping_updated_at, o.bookable, o.not_bookable, o.flags
        ) IS DISTINCT FROM (
            n.name, n.payment_status, n.shipping_status, n.status, n.order_status, n.placeholder, n.courier, n.tracking_number,
            n.shipping_fee::numeric(20, 4), n.customer::jsonb, n.shipping_address::jsonb, n.total_price::numeric(20, 4),
            n.currency, n.delivery_at, n.cancelled_at, n.business_updated_at, n.shipping_updated_at, n.bookable,
            string_to_array(n.not_bookable, E'\\n'), string_to_array(n.flags, E'\\n'))
        """
    )

    /// The orders among these that are shown as something else than what their rows, and those of their parcels, say.
    package static func differing(
        _ rows: [OrderRow],
        _ shipments: [ShipmentRow],
        in transaction: inout Postgres.Transaction
    ) throws -> Set<OrderID> {
        let results = try transaction.pipeline([
            (differing, bindings(rows)), (ShipmentRow.differing, ShipmentRow.bindings(shipments)),
        ])
        return Set(try results.flatMap { try $0.map { OrderID(try $0.decode(0)) } })
    }

    /// Run by the orchestrator once a batch, by `ordersctl rebuild` once a page. Served by `orders_pkey`.
    static let update = Statement(
        "order_update",
        """
        UPDATE orders AS o SET
            name = n.name, payment_status = n.payment_status, shipping_status = n.shipping_status, status = n.status,
            order_status = n.order_status, placeholder = n.placeholder, courier = n.courier,
            tracking_number = n.tracking_number, shipping_fee = n.shipping_fee::numeric, customer = n.customer::jsonb,
            shipping_address = n.shipping_address::jsonb, total_price = n.total_price::numeric, currency = n.currency,
            delivery_at = n.delivery_at, cancelled_at = n.cancelled_at, business_updated_at = n.business_updated_at,
            shipping_updated_at = n.shipping_updated_at, bookable = n.bookable,
            not_bookable = string_to_array(n.not_bookable, E'\\n'), flags = string_to_array(n.flags, E'\\n'),
            version = n.version, state = n.state, state_hash = n.state_hash, updated_at = now()
        \(rows)
        WHERE o.id = n.id
        """
    )
}
