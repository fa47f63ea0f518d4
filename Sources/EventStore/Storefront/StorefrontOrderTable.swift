package import FoundationEssentials
package import Orders
package import Postgres

/// An order as the storefront shows it.
package struct StorefrontOrder: Sendable, Equatable {
    package var id: Int64
    package var productID: Int64
    package var quantity: Int64
    package var createdAt: Instant
    /// Empty while its background work waits.
    package var processedAt: Instant?
}

/// The statements of `storefront_orders`.
package enum StorefrontOrderTable {
    /// What became of the end of an order's background work.
    package enum Processing: Sendable, Equatable {
        case processed
        /// It was processed before.
        case known
        case unknown
    }

    static let productConstraint = "storefront_orders_product_fkey"

    /// Orders by id, those behind `cursor`.
    package static func page(
        behind cursor: Int64,
        limit: Int,
        on connection: isolated PostgresConnection
    ) throws -> [StorefrontOrder] {
        try connection.query(select, [.int8(cursor), .int8(Int64(limit))]).map(StorefrontOrder.init(row:))
    }

    /// The order; nil when there is none.
    package static func order(_ id: Int64, on connection: isolated PostgresConnection) throws -> StorefrontOrder? {
        try connection.query(find, [.int8(id)]).first.map(StorefrontOrder.init(row:))
    }

    /// Draws an id for every order that the locked products can serve at most.
    package static func drawing(_ count: Int, products: [Int64]) -> (Statement, [Binding]) {
        (draw, [.int8s(products), .int8(Int64(count))])
    }

    /// The rows of `drawing`.
    package static func ids(_ rows: Rows) throws -> [Int64] { try rows.map { try $0.decode(0) } }

    /// Writes orders whose pieces are taken in the same transaction.
    package static func inserting(_ orders: [PlacedOrder], ids: [UUID]) -> (Statement, [Binding]) {
        (
            insert,
            [
                .int8s(orders.map(\.id)), .int8s(orders.map(\.productID)), .int8s(orders.map(\.quantity)),
                .texts(orders.map(\.price.description)), .uuids(ids), .timestamptzs(orders.map(\.placedAt.microseconds)),
            ]
        )
    }

    /// Whether any of the orders is stored, once every transaction that holds one of the products has ended.
    package static func isStored(
        anyOf ids: [Int64],
        products: [Int64],
        on connection: isolated PostgresConnection
    ) throws -> Bool {
        let results = try connection.pipeline([ProductTable.locking(products), (stored, [.int8s(ids)])])
        return try results[1][0].decode(0)
    }

    /// Stamps an order as processed, once.
    package static func process(_ id: Int64, on connection: isolated PostgresConnection) throws -> Processing {
        let row = try connection.query(stamp, [.int8(id)])[0]
        if try row.decode(0, as: Bool.self) { return .processed }
        return try row.decode(1, as: Bool.self) ? .known : .unknown
    }

    /// Run by the storefront for `GET /api/v1/orders`. Served by `storefront_orders_pkey`.
    private static let select = Statement(
        "storefront_orders_page",
        """
        SELECT id, product_id, quantity, created_at, processed_at FROM storefront_orders WHERE id > $1 ORDER BY id LIMIT $2
        """
    )

    /// Run by the storefront for `GET /api/v1/orders/{id}`. Served by `storefront_orders_pkey`.
    private static let find = Statement(
        "storefront_order_find",
        "SELECT id, product_id, quantity, created_at, processed_at FROM storefront_orders WHERE id = $1"
    )

    /// Run by the storefront at the start of every batch of orders, under the locks of the products: an order takes at least
    /// one piece. Served by `products_pkey`.
    private static let draw = Statement(
        "storefront_orders_draw",
        """
        SELECT nextval('storefront_order_ids')
        FROM generate_series(
            1, (SELECT least($2::bigint, coalesce(sum(p.stock), 0)) FROM products AS p WHERE p.id = ANY ($1::bigint[])))
        """
    )

    /// Run by the storefront for every batch of orders that takes any.
    private static let insert = Statement(
        "storefront_orders_insert",
        """
        INSERT INTO storefront_orders (id, product_id, quantity, price, order_id, created_at)
        SELECT t.id, t.product_id, t.quantity, t.price::numeric, t.order_id, t.created_at
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::uuid[], $6::timestamptz[])
            AS t (id, product_id, quantity, price, order_id, created_at)
        """
    )

    /// Run by the storefront after a commit with an unknown outcome. Served by `storefront_orders_pkey`.
    private static let stored = Statement(
        "storefront_orders_stored",
        "SELECT EXISTS (SELECT FROM storefront_orders WHERE id = ANY ($1::bigint[]))"
    )

    /// Run by the orchestrator once for every order. Served by `storefront_orders_pkey`.
    private static let stamp = Statement(
        "storefront_order_process",
        """
        WITH stamped AS (
            UPDATE storefront_orders SET processed_at = now() WHERE id = $1 AND processed_at IS NULL RETURNING id
        )
        SELECT EXISTS (SELECT FROM stamped), EXISTS (SELECT FROM storefront_orders WHERE id = $1)
        """
    )
}

extension StorefrontOrder {
    fileprivate init(row: Row) throws {
        id = try row.decode(0)
        productID = try row.decode(1)
        quantity = try row.decode(2)
        createdAt = try row.instant(3)
        processedAt = try row.instantIfPresent(4)
    }
}
