import Postgres

/// Orders as the merge leaves them, made by SQL: enough for lists, searches, exports and the live feed.
///
/// Every fifth customer is a Grace and every fifth a Perlman, whoever else they are: two very common words.
enum ConsoleOrders {
    /// Orders written by one statement.
    private static let batch = 50_000

    /// Empties what the console keeps, writes the orders, and a token for a viewer.
    static func fill(_ count: Int, token: String, _ connection: isolated PostgresConnection) throws {
        try BenchDatabase.empty(connection)
        try connection.execute(script: reset)
        _ = try connection.query(insertToken, [.text(token)])
        for first in stride(from: 1, through: count, by: batch) {
            let last = min(count, first + batch - 1)
            _ = try connection.query(insert, [.int8(Int64(first)), .int8(Int64(last))])
        }
    }

    /// Whether the console's list has all of them.
    static func isListed(_ connection: isolated PostgresConnection) throws -> Bool {
        try connection.query(listed)[0].decode(0)
    }

    /// How many orders there are, those that came as webhooks included.
    static func count(_ connection: isolated PostgresConnection) throws -> Int {
        try connection.query(countOrders)[0].decode(0)
    }

    /// What autovacuum does in the minutes after.
    static func tidyUp(_ connection: isolated PostgresConnection) throws {
        for statement in vacuums { _ = try connection.query(statement) }
    }

    /// Changes these orders in one transaction, as a merge does; the place of the last change in the feed.
    static func change(_ numbers: Range<Int>, _ connection: isolated PostgresConnection) throws -> Int64 {
        try connection.query(change, [.int8(Int64(numbers.lowerBound)), .int8(Int64(numbers.upperBound - 1))])[0].decode(0)
    }

    private static let reset = """
        TRUNCATE order_list, order_words, order_counts;
        UPDATE console_progress SET order_id = '00000000-0000-0000-0000-000000000000' WHERE task = 'order_list';
        DELETE FROM console_tokens WHERE name = 'bench';
        """

    /// Run before each measurement of the console.
    private static let insertToken = Statement(
        "bench_console_token",
        """
        INSERT INTO console_tokens (id, token_hash, name, role, created_by)
        VALUES (gen_random_uuid(), sha256(convert_to($1::text, 'UTF8')), 'bench', 'viewer', 'bench')
        """
    )

    /// Run before each measurement of the console, once for each 50,000 orders.
    private static let insert = Statement(
        "bench_console_orders",
        """
        INSERT INTO orders (
            id, source, shop, ref_id, name, status, order_status, payment_status, shipping_status, placeholder, shipping_fee,
            customer, total_price, currency, version, created_at, updated_at, courier, tracking_number)
        SELECT
            md5('bench' || n)::uuid, 'shopify', 'shop-' || n % 5 || '.example', (5000000000000 + n * 977)::text, '#' || 100000 + n,
            s.public, s.status, 'paid', s.shipping, false, (n * 37 % 2000) / 100.0,
            jsonb_build_object('name', p.first || ' ' || p.last, 'email',
                lower(p.first) || '.' || lower(p.last) || n % 1000 || '@shop.example'),
            (n * 7331 % 150000) / 100.0, 'EUR', 1 + n % 7,
            now() - interval '1 day' - n * interval '9 seconds',
            now() - interval '1 hour' - (n * 48271 % 1000003) * interval '9 seconds',
            CASE WHEN n % 3 = 0 THEN 'bosta' END, CASE WHEN n % 3 = 0 THEN 'TRK' || 900000000 + n END
        FROM generate_series($1::bigint, $2::bigint) AS n
        CROSS JOIN LATERAL (
            SELECT hashint8(n)::bigint & 2147483647 AS a, hashint8(n + 5000000)::bigint & 2147483647 AS b
        ) AS h
        CROSS JOIN LATERAL (
            SELECT
                CASE WHEN h.a % 5 = 0 THEN 'Grace' ELSE 'Given' || chr((97 + h.a % 26)::integer) || chr((97 + h.a / 26 % 26)::integer)
                    END AS first,
                CASE WHEN h.b % 5 = 0 THEN 'Perlman' ELSE 'Last' || chr((97 + h.b % 26)::integer)
                    || chr((97 + h.b / 26 % 26)::integer) || chr((97 + h.b / 676 % 3)::integer) END AS last
        ) AS p
        CROSS JOIN LATERAL (
            SELECT
                (ARRAY['CONFIRMED', 'BOOKED', 'SHIPPED', 'DELIVERED'])[1 + n % 4] AS status,
                (ARRAY['CONFIRMED', 'CONFIRMED', 'SHIPPED', 'SHIPPED'])[1 + n % 4] AS public,
                (ARRAY['pending', 'fulfilling', 'shipped', 'delivered'])[1 + n % 4] AS shipping
        ) AS s
        """
    )

    /// Run while the console fills its list, again and again.
    private static let listed = Statement(
        "bench_console_listed",
        "SELECT order_id IS NULL FROM console_progress WHERE task = 'order_list'"
    )

    /// Run once a measurement. Reads the table.
    private static let countOrders = Statement("bench_console_count", "SELECT count(*) FROM orders")

    private static let vacuums = [
        Statement("bench_vacuum_orders", "VACUUM ANALYZE orders"), Statement("bench_vacuum_list", "VACUUM ANALYZE order_list"),
        Statement("bench_vacuum_words", "VACUUM ANALYZE order_words"),
    ]

    /// Run many times a second by the measurement of the live feed. Served by `orders_pkey`.
    private static let change = Statement(
        "bench_console_change",
        """
        WITH changed AS (
            UPDATE orders AS o SET version = o.version + 1, updated_at = now()
            FROM generate_series($1::bigint, $2::bigint) AS n WHERE o.id = md5('bench' || n)::uuid
            RETURNING o.id, o.version
        ), logged AS (
            INSERT INTO order_changes (order_id, version) SELECT c.id, c.version FROM changed AS c RETURNING seq
        )
        SELECT max(l.seq) FROM logged AS l
        """
    )
}
