import Postgres

/// What happened in each minute, as `activity_minutes` keeps it.
enum ActivityTable {
    /// The minutes from one time to another, both in microseconds since 1970; those in which nothing happened are left out.
    static func minutes(from: Int64, to: Int64, on connection: isolated PostgresConnection) throws -> [Activity] {
        try connection.query(select, [.timestamptz(from), .timestamptz(to)]).map { row in
            var activity = Activity(at: try row.decode(0, as: PostgresTimestamp.self).microseconds)
            activity.received = try row.decode(1)
            activity.processed = try row.decode(2)
            activity.discarded = try row.decode(3)
            activity.parked = try row.decode(4)
            activity.unmapped = try row.decode(5)
            activity.failed = try row.decode(6)
            activity.duplicates = try row.decode(7)
            activity.edits = try row.decode(8)
            activity.orders = try row.decode(9)
            for (index, count) in try row.decode(10, as: [Int64].self).prefix(Activity.latencyClasses).enumerated() {
                activity.latencies[index] = count
            }
            return activity
        }
    }

    /// Run by charts. Served by `activity_minutes_pkey`: at most one row for each minute of the range.
    private static let select = Statement(
        "activity_minutes",
        """
        SELECT minute, received, processed, discarded, parked, unmapped, failed, duplicates, edits, orders, latencies::bigint[]
        FROM activity_minutes WHERE minute >= $1 AND minute < $2 ORDER BY minute
        """
    )

    /// Locks the progress; no row: another console is at work. Run by the console every five seconds, as all below.
    static let lock = Statement(
        "activity_lock",
        "SELECT at, now() FROM console_progress WHERE task = 'activity' FOR UPDATE SKIP LOCKED"
    )

    /// Served by `console_progress_pkey`.
    static let advance = Statement("activity_advance", "UPDATE console_progress SET at = $1 WHERE task = 'activity'")

    /// When the first event was merged that a chart may show. Served by `audit_log_applied_at_index`.
    static let first = Statement(
        "activity_first",
        "SELECT coalesce(min(applied_at), now()) FROM audit_log WHERE applied_at > now() - interval '92 days'"
    )

    /// Counts the minutes from $1 to $2 anew. Served by `audit_log_applied_at_index`,
    /// `duplicate_deliveries_received_at_index` and `order_changes_changed_at_index`.
    static let write = Statement(
        "activity_write",
        """
        WITH merged AS (
            SELECT date_trunc('minute', a.applied_at) AS minute, a.status, a.topic,
                least(23, greatest(0, ceil(log(2, greatest(1, extract(epoch FROM a.applied_at - a.received_at) * 1000)))))::integer
                    AS class
            FROM audit_log AS a WHERE a.applied_at >= $1 AND a.applied_at < $2
        ), counts AS (
            SELECT minute, count(*) AS received,
                count(*) FILTER (WHERE status = 'processed') AS processed,
                count(*) FILTER (WHERE status IN ('discarded', 'duplicate')) AS discarded,
                count(*) FILTER (WHERE status = 'parked') AS parked,
                count(*) FILTER (WHERE status = 'unmapped') AS unmapped,
                count(*) FILTER (WHERE status = 'failed') AS failed,
                count(*) FILTER (WHERE topic = 'console/edit') AS edits
            FROM merged GROUP BY minute
        ), classes AS (
            SELECT minute, array_agg(coalesce(n, 0) ORDER BY class) AS latencies
            FROM (SELECT DISTINCT minute FROM merged) AS m
            CROSS JOIN generate_series(0, 23) AS c (class)
            LEFT JOIN (SELECT minute, class, count(*)::integer AS n FROM merged GROUP BY minute, class) AS k USING (minute, class)
            GROUP BY minute
        ), repeated AS (
            SELECT date_trunc('minute', d.received_at) AS minute, count(*) AS duplicates
            FROM duplicate_deliveries AS d WHERE d.received_at >= $1 AND d.received_at < $2 GROUP BY 1
        ), changed AS (
            SELECT date_trunc('minute', c.changed_at) AS minute, count(DISTINCT c.order_id) AS orders
            FROM order_changes AS c WHERE c.changed_at >= $1 AND c.changed_at < $2 GROUP BY 1
        )
        INSERT INTO activity_minutes AS a (
            minute, received, processed, discarded, parked, unmapped, failed, edits, latencies, duplicates, orders)
        SELECT minute, coalesce(received, 0), coalesce(processed, 0), coalesce(discarded, 0), coalesce(parked, 0),
            coalesce(unmapped, 0), coalesce(failed, 0), coalesce(edits, 0), coalesce(latencies, '{}'), coalesce(duplicates, 0),
            coalesce(orders, 0)
        FROM counts FULL JOIN classes USING (minute) FULL JOIN repeated USING (minute) FULL JOIN changed USING (minute)
        ON CONFLICT ON CONSTRAINT activity_minutes_pkey DO UPDATE SET
            received = excluded.received, processed = excluded.processed, discarded = excluded.discarded,
            parked = excluded.parked, unmapped = excluded.unmapped, failed = excluded.failed, edits = excluded.edits,
            latencies = excluded.latencies, duplicates = excluded.duplicates,
            orders = greatest(a.orders, excluded.orders)
        """
    )
}
