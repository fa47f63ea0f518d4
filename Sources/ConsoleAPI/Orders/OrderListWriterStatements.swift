import Postgres

/// Run by the console ten times a second while orders change, in batches.
enum OrderListWriterStatements {
    /// No row: another console is at work.
    static let lock = Statement(
        "order_list_lock",
        "SELECT seq, order_id FROM console_progress WHERE task = 'order_list' FOR UPDATE SKIP LOCKED"
    )

    /// Once a batch of changes. Served by `console_progress_pkey`.
    static let advance = Statement("order_list_advance", "UPDATE console_progress SET seq = $1 WHERE task = 'order_list'")

    /// Once a page of orders, while the list is filled. Served by `console_progress_pkey`.
    static let filled = Statement("order_list_filled", "UPDATE console_progress SET order_id = $1 WHERE task = 'order_list'")

    /// Served by `order_changes_pkey`.
    static let changes = Statement(
        "order_list_changes",
        "SELECT c.seq, c.order_id FROM order_changes AS c WHERE c.seq > $1 ORDER BY c.seq LIMIT $2"
    )

    /// Served by `orders_pkey`.
    static let nextOrders = Statement(
        "order_list_next_orders",
        "SELECT o.id FROM orders AS o WHERE o.id > $1 ORDER BY o.id LIMIT $2"
    )

    /// Orders whose need for a person has changed without a change of their own: a job or a booking was given up on, or is not
    /// any more. Served by `jobs_dead_index`, `bookings_attention_index` and `order_list_attention_index`.
    static let restless = Statement(
        "order_list_restless",
        """
        (
            SELECT j.order_id FROM jobs AS j JOIN order_list AS l ON l.order_id = j.order_id
            WHERE j.state = 'dead' AND NOT l.attention @> '{dead-letter}' LIMIT 500
        ) UNION (
            SELECT b.order_id FROM bookings AS b JOIN order_list AS l ON l.order_id = b.order_id
            WHERE b.state IN ('rejected', 'parked') AND NOT l.attention @> '{booking}' LIMIT 500
        ) UNION (
            SELECT l.order_id FROM order_list AS l
            WHERE l.attention <> '{}' AND l.attention @> '{dead-letter}'
                AND NOT EXISTS (SELECT FROM jobs AS j WHERE j.order_id = l.order_id AND j.state = 'dead') LIMIT 500
        ) UNION (
            SELECT l.order_id FROM order_list AS l JOIN orders AS o ON o.id = l.order_id
            WHERE l.attention <> '{}' AND l.attention @> '{quarantined}' AND NOT o.quarantined LIMIT 500
        ) UNION (
            SELECT o.id FROM audit_log AS a JOIN orders AS o ON o.id = a.order_id JOIN order_list AS l ON l.order_id = o.id
            WHERE a.status = 'failed' AND o.quarantined AND NOT l.attention @> '{quarantined}' LIMIT 500
        )
        """
    )

    /// The text that finds each order. Served by `orders_pkey`, `shipments_pkey`, `jobs_pkey` and `audit_log_pkey`.
    static let read = Statement(
        "order_list_read",
        """
        SELECT
            o.id,
            concat_ws(' ', o.ref_id, ltrim(o.name, '#'), o.customer->>'name', o.customer->>'email', o.customer->>'phone',
                o.tracking_number,
                (SELECT string_agg(s.tracking_number, ' ') FROM shipments AS s WHERE s.order_id = o.id),
                (SELECT string_agg(left(j.last_error, 300), ' ') FROM jobs AS j WHERE j.order_id = o.id AND j.state = 'dead'),
                CASE WHEN o.quarantined THEN (
                    SELECT string_agg(left(a.reason, 300), ' ') FROM audit_log AS a
                    WHERE a.subject_id = o.id AND a.status = 'failed') END)
        FROM orders AS o
        WHERE o.id = ANY ($1::uuid[])
        """
    )

    /// The counts without these orders. Served by `order_list_pkey`.
    static let uncount = Statement(
        "order_list_uncount",
        """
        UPDATE order_counts AS c SET orders = c.orders - t.orders
        FROM (
            SELECT l.order_status, l.attention <> '{}' AS attention, count(*) AS orders
            FROM order_list AS l WHERE l.order_id = ANY ($1::uuid[]) GROUP BY 1, 2
        ) AS t
        WHERE c.order_status = t.order_status AND c.attention = t.attention
        """
    )

    /// The counts with these orders.
    static let count = Statement(
        "order_list_count_in",
        """
        INSERT INTO order_counts AS c (order_status, attention, orders)
        SELECT l.order_status, l.attention <> '{}', count(*)
        FROM order_list AS l WHERE l.order_id = ANY ($1::uuid[]) GROUP BY 1, 2
        ON CONFLICT ON CONSTRAINT order_counts_pkey DO UPDATE SET orders = c.orders + excluded.orders
        """
    )

    /// $2 are the words of each order, one a line. Served by `orders_pkey`, `jobs_pkey` and `bookings_pkey`.
    static let write = Statement(
        "order_list_write",
        """
        INSERT INTO order_list AS l (
            order_id, updated_at, created_at, order_status, payment_status, shipping_status, source, shop, courier, total_price,
            attention, ref_key, name_key, tracking_key, search)
        SELECT
            o.id, o.updated_at, o.created_at, o.order_status, o.payment_status, o.shipping_status, o.source, o.shop, o.courier,
            coalesce(o.total_price, 0),
            array_remove(ARRAY[
                CASE WHEN o.quarantined THEN 'quarantined' END,
                CASE WHEN o.flags <> '{}' THEN 'anomaly' END,
                CASE WHEN o.order_status = 'FAILED' THEN 'failed' END,
                CASE WHEN EXISTS (
                    SELECT FROM bookings AS b WHERE b.order_id = o.id AND b.state IN ('rejected', 'parked')) THEN 'booking' END,
                CASE WHEN EXISTS (
                    SELECT FROM jobs AS j WHERE j.order_id = o.id AND j.state = 'dead') THEN 'dead-letter' END
            ], NULL),
            left(lower(o.ref_id), 200), left(lower(ltrim(o.name, '#')), 200), left(lower(o.tracking_number), 200),
            array_to_tsvector(string_to_array(t.words, E'\\n'))
        FROM unnest($1::uuid[], $2::text[]) AS t (order_id, words) JOIN orders AS o ON o.id = t.order_id
        ON CONFLICT ON CONSTRAINT order_list_pkey DO UPDATE SET
            updated_at = excluded.updated_at, created_at = excluded.created_at, order_status = excluded.order_status,
            payment_status = excluded.payment_status, shipping_status = excluded.shipping_status, source = excluded.source,
            shop = excluded.shop, courier = excluded.courier, total_price = excluded.total_price, attention = excluded.attention,
            ref_key = excluded.ref_key, name_key = excluded.name_key, tracking_key = excluded.tracking_key, search = excluded.search
        """
    )

    /// After `write`: $2 are the indexed words of each order, one a line. Served by `order_list_pkey`.
    static let writeWords = Statement(
        "order_list_write_words",
        """
        INSERT INTO order_words AS w (
            order_id, updated_at, created_at, order_status, payment_status, shipping_status, source, shop, courier, total_price,
            attention, ref_key, search)
        SELECT
            l.order_id, l.updated_at, l.created_at, l.order_status, l.payment_status, l.shipping_status, l.source, l.shop,
            l.courier, l.total_price, l.attention, l.ref_key, array_to_tsvector(string_to_array(t.words, E'\\n'))
        FROM unnest($1::uuid[], $2::text[]) AS t (order_id, words) JOIN order_list AS l ON l.order_id = t.order_id
        ON CONFLICT ON CONSTRAINT order_words_pkey DO UPDATE SET
            updated_at = excluded.updated_at, created_at = excluded.created_at, order_status = excluded.order_status,
            payment_status = excluded.payment_status, shipping_status = excluded.shipping_status, source = excluded.source,
            shop = excluded.shop, courier = excluded.courier, total_price = excluded.total_price, attention = excluded.attention,
            ref_key = excluded.ref_key, search = excluded.search
        """
    )
}
