import Postgres

/// Run by `ordersctl verify`; they read whole tables.
enum StorefrontInvariantStatements {
    /// Products that have less than nothing, or whose pieces do not add up.
    static let lostStock = Statement(
        "verify_lost_stock",
        """
        SELECT 'product ' || p.id
        FROM products AS p
        LEFT JOIN (SELECT product_id, sum(quantity) AS quantity FROM storefront_orders GROUP BY product_id) AS s
            ON s.product_id = p.id
        WHERE p.stock < 0 OR p.stock_received <> p.stock + coalesce(s.quantity, 0)
        LIMIT $1
        """
    )

    /// Orders of the storefront without their event, and such events without an order.
    static let strayOrders = Statement(
        "verify_stray_storefront_orders",
        """
        SELECT coalesce('storefront order ' || o.id, 'event ' || e.event_id)
        FROM storefront_orders AS o
        FULL JOIN (
            SELECT subject_id, event_id FROM event_store WHERE source = 'storefront' AND topic = 'order.placed'
        ) AS e ON e.subject_id = o.order_id
        WHERE o.id IS NULL OR (
            e.event_id IS NULL
            AND date_trunc('month', o.created_at AT TIME ZONE 'UTC')::date IN (SELECT m.month FROM event_months AS m))
        LIMIT $1
        """
    )
}
