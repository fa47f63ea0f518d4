package import Postgres

/// Forgetting jobs that ended long ago, so that neither they nor their keys grow for ever.
///
/// A key may go because nothing that is wanted so late can be the same effect: booking commands carry the number of their attempt,
/// whose row in `bookings` stays, so that no attempt is ever commanded anew; notifications look at the order in Shopify before they
/// write to it; processing an order of the storefront twice is processing it once.
extension JobTable {
    /// Most jobs that one statement forgets.
    package static let maxForgotten: Int32 = 5_000

    /// Forgets jobs of the queue that ended longer ago; returns how many, `maxForgotten` when more may be left.
    package static func forget(
        _ queue: Queue,
        endedBefore age: Duration,
        on connection: isolated PostgresConnection
    ) throws -> Int32 {
        let bindings: [Binding] = [.text(queue.rawValue), .int8(age.wholeMicroseconds), .int4(maxForgotten)]
        return try connection.query(forgetFinished, bindings)[0].decode(0)
    }

    /// Run by every runner once a minute. Served by `finished_jobs_finished_at_index`, `finished_jobs_order_index`,
    /// `job_keys_pkey` and `jobs_pkey`.
    private static let forgetFinished = Statement(
        "jobs_forget",
        """
        WITH old AS MATERIALIZED (
            SELECT f.order_id, f.id, f.finished_at
            FROM finished_jobs AS f
            WHERE f.queue = $1 AND f.finished_at < now() - $2::bigint * interval '1 microsecond'
            LIMIT $3
        ), gone AS (
            DELETE FROM finished_jobs AS f USING old AS o
            WHERE f.order_id = o.order_id AND f.id = o.id AND f.finished_at = o.finished_at
            RETURNING f.order_id, f.key
        ), keys AS (
            DELETE FROM job_keys AS k USING (SELECT DISTINCT g.order_id, g.key FROM gone AS g) AS g
            WHERE k.order_id = g.order_id AND k.key = g.key
                AND NOT EXISTS (SELECT FROM jobs AS j WHERE j.order_id = k.order_id AND j.key = k.key)
                AND NOT EXISTS (
                    SELECT FROM finished_jobs AS f
                    WHERE f.order_id = k.order_id AND f.key = k.key
                        AND f.finished_at >= now() - $2::bigint * interval '1 microsecond')
        )
        SELECT count(*)::integer FROM gone
        """
    )
}
