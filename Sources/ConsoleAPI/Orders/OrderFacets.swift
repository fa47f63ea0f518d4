import Postgres

/// The words that filters can choose from.
struct OrderFacets: Sendable {
    var sources: [String]
    var shops: [String]
    var couriers: [String]

    static func read(on connection: isolated PostgresConnection) throws -> OrderFacets {
        let results = try connection.pipeline([(shops, []), (couriers, [])])
        let pairs = try results[0].map { (source: try $0.decode(0, as: String.self), shop: try $0.decode(1, as: String.self)) }
        return OrderFacets(
            sources: Set(pairs.map(\.source)).sorted(),
            shops: Set(pairs.map(\.shop)).sorted(),
            couriers: try results[1].map { try $0.decode(0) }
        )
    }

    /// Run when the filters are opened. Hops from shop to shop over `orders_ref_key` instead of reading every order.
    private static let shops = Statement(
        "order_facets_shops",
        """
        WITH RECURSIVE pairs AS (
            (SELECT o.source, o.shop FROM orders AS o ORDER BY o.source, o.shop LIMIT 1)
            UNION ALL
            SELECT n.source, n.shop
            FROM pairs AS p CROSS JOIN LATERAL (
                SELECT o.source, o.shop FROM orders AS o WHERE (o.source, o.shop) > (p.source, p.shop)
                ORDER BY o.source, o.shop LIMIT 1
            ) AS n
        )
        SELECT source, shop FROM pairs LIMIT 200
        """
    )

    /// As `shops`, over `order_list_courier_index`.
    private static let couriers = Statement(
        "order_facets_couriers",
        """
        WITH RECURSIVE names AS (
            (SELECT l.courier FROM order_list AS l WHERE l.courier IS NOT NULL ORDER BY l.courier LIMIT 1)
            UNION ALL
            SELECT n.courier
            FROM names AS p CROSS JOIN LATERAL (
                SELECT l.courier FROM order_list AS l WHERE l.courier IS NOT NULL AND l.courier > p.courier
                ORDER BY l.courier LIMIT 1
            ) AS n
        )
        SELECT courier FROM names LIMIT 200
        """
    )
}
