package import Orders
package import Postgres

/// The statements of `products`.
package enum ProductTable {
    /// What became of a deletion.
    package enum Deletion: Sendable, Equatable {
        case deleted
        case unknown
        /// Orders refer to it.
        case hasOrders
    }

    /// Products by id, those behind `cursor`.
    package static func page(
        behind cursor: Int64,
        limit: Int,
        on connection: isolated PostgresConnection
    ) throws -> [Product] {
        try connection.query(select, [.int8(cursor), .int8(Int64(limit))]).map(Product.init(row:))
    }

    /// The product; nil when there is none.
    package static func product(_ id: Int64, on connection: isolated PostgresConnection) throws -> Product? {
        try connection.query(find, [.int8(id)]).first.map(Product.init(row:))
    }

    /// Adds a product, all of whose stock has just been received.
    package static func add(
        name: String,
        price: Money,
        stock: Int64,
        on connection: isolated PostgresConnection
    ) throws -> Product {
        let row = try connection.query(insert, [.text(name), .text(price.description), .int8(stock)])[0]
        return try Product(row: row)
    }

    /// Replaces a product; nil when there is none. Stock that was counted anew is received, or lost, at that moment.
    package static func replace(_ product: Product, on connection: isolated PostgresConnection) throws -> Product? {
        let bindings: [Binding] = [
            .int8(product.id), .text(product.name), .text(product.price.description), .int8(product.stock),
        ]
        return try connection.query(update, bindings).first.map(Product.init(row:))
    }

    /// Takes the product off the shelf.
    package static func remove(_ id: Int64, on connection: isolated PostgresConnection) throws -> Deletion {
        do {
            return try connection.query(delete, [.int8(id)]).affected > 0 ? .deleted : .unknown
        } catch  where error.constraint == StorefrontOrderTable.productConstraint {
            return .hasOrders
        }
    }

    /// Locks products in id order; ids that are none lock nothing. $1 are the ids.
    package static func locking(_ ids: [Int64]) -> (Statement, [Binding]) { (lock, [.int8s(ids)]) }

    /// The rows of `locking`.
    package static func products(_ rows: Rows) throws -> [Product] { try rows.map(Product.init(row:)) }

    /// Takes pieces of locked products.
    package static func taking(_ pieces: [(product: Int64, quantity: Int64)]) -> (Statement, [Binding]) {
        (take, [.int8s(pieces.map(\.product)), .int8s(pieces.map(\.quantity))])
    }

    /// Run by the storefront for `GET /api/v1/products`. Served by `products_pkey`.
    private static let select = Statement(
        "products_page",
        "SELECT id, name, price::text, stock FROM products WHERE id > $1 ORDER BY id LIMIT $2"
    )

    /// Run by the storefront for `GET /api/v1/products/{id}`. Served by `products_pkey`.
    private static let find = Statement("product_find", "SELECT id, name, price::text, stock FROM products WHERE id = $1")

    /// Run by the storefront for `POST /api/v1/products`: rare.
    private static let insert = Statement(
        "product_insert",
        """
        INSERT INTO products (name, price, stock, stock_received) VALUES ($1, $2::numeric, $3, $3)
        RETURNING id, name, price::text, stock
        """
    )

    /// Run by the storefront for `PUT /api/v1/products/{id}`: rare. Served by `products_pkey`.
    private static let update = Statement(
        "product_update",
        """
        UPDATE products AS p SET
            name = $2, price = $3::numeric, stock = $4, stock_received = p.stock_received + $4 - p.stock, updated_at = now()
        WHERE p.id = $1
        RETURNING p.id, p.name, p.price::text, p.stock
        """
    )

    /// Run by the storefront for `DELETE /api/v1/products/{id}`: rare. Served by `products_pkey` and
    /// `storefront_orders_product_index`.
    private static let delete = Statement("product_delete", "DELETE FROM products WHERE id = $1")

    /// Run by the storefront at the start of every batch of orders. Served by `products_pkey`.
    private static let lock = Statement(
        "products_lock",
        "SELECT id, name, price::text, stock FROM products WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE"
    )

    /// Run by the storefront for every batch of orders that takes any. Served by `products_pkey`.
    private static let take = Statement(
        "products_take",
        """
        UPDATE products AS p SET stock = p.stock - t.quantity
        FROM unnest($1::bigint[], $2::bigint[]) AS t (id, quantity)
        WHERE p.id = t.id
        """
    )
}
