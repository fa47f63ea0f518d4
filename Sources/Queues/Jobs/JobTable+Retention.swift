import FoundationEssentials
package import Postgres

/// Forgetting jobs that ended long ago, so that neither they nor their keys grow for ever.
///
/// They go by the month: first their keys, a page at a time, then the table of the month with all its rows. What lies in no month
/// goes row by row.
///
/// A key may go because nothing that is wanted so late can be the same effect: booking commands carry the number of their attempt,
/// whose row in `bookings` stays, so that no attempt is ever commanded anew; notifications look at the order in Shopify before they
/// write to it; processing an order of the storefront twice is processing it once.
extension JobTable {
    /// Most jobs that one statement forgets.
    package static let maxForgotten: Int32 = 5_000

    /// A month of which every job ended long enough ago, and how far its keys are forgotten.
    package struct OldMonth: Sendable {
        /// Its first day, `YYYY-MM-DD`.
        package let month: String
        fileprivate var behind = (order: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), job: Int64.min)
    }

    /// The months that ended longer ago, the oldest first.
    package static func months(
        endedBefore age: Duration,
        on connection: isolated PostgresConnection
    ) throws -> [OldMonth] {
        try connection.query(selectMonths, [.int8(age.wholeMicroseconds)]).map { OldMonth(month: try $0.decode(0)) }
    }

    /// Forgets the keys of the next jobs of the month; returns whether there may be more. Safe to repeat from the start.
    package static func forgetKeys(
        of month: inout OldMonth,
        on connection: isolated PostgresConnection
    ) throws -> Bool {
        let bindings: [Binding] = [
            .text(month.month), .uuid(month.behind.order), .int8(month.behind.job), .int4(maxForgotten),
        ]
        guard let last = try connection.query(forgetKeys, bindings).first else { return false }
        month.behind = (try last.decode(0), try last.decode(1))
        return true
    }

    /// Drops the month with its jobs, whose keys are forgotten.
    ///
    /// - Throws: `PostgresError`, a lock time-out among them: nobody is kept waiting for long, and a later call succeeds.
    package static func drop(_ month: OldMonth, on connection: isolated PostgresConnection) throws {
        // The flight is one transaction.
        _ = try connection.pipeline([(impatience, []), (dropMonth, [.text(month.month)])])
    }

    /// Forgets jobs that ended longer ago and lie in no month; returns how many, `maxForgotten` when more may be left.
    package static func forgetStray(
        endedBefore age: Duration,
        on connection: isolated PostgresConnection
    ) throws -> Int32 {
        try connection.query(forgetStray, [.int8(age.wholeMicroseconds), .int4(maxForgotten)])[0].decode(0)
    }

    /// Run by every runner once a minute; reads the catalogue.
    private static let selectMonths = Statement(
        "jobs_old_months",
        "SELECT m.month FROM months_before('finished_jobs', now() - $1::bigint * interval '1 microsecond') AS m"
    )

    /// Run for every page of a month that is to be dropped. Served by `finished_jobs_order_index` of the month, `job_keys_pkey` and
    /// `jobs_pkey`. A key that is in use again stays.
    private static let forgetKeys = Statement(
        "jobs_forget_keys",
        """
        WITH bounds AS (
            SELECT
                $1::text::date::timestamp AT TIME ZONE 'UTC' AS begins,
                ($1::text::date + interval '1 month') AT TIME ZONE 'UTC' AS ends
        ), page AS MATERIALIZED (
            SELECT f.order_id, f.id, f.key
            FROM finished_jobs AS f
            WHERE f.finished_at >= (SELECT b.begins FROM bounds AS b) AND f.finished_at < (SELECT b.ends FROM bounds AS b)
                AND (f.order_id, f.id) > ($2, $3)
            ORDER BY f.order_id, f.id
            LIMIT $4
        ), keys AS (
            DELETE FROM job_keys AS k USING (SELECT DISTINCT p.order_id, p.key FROM page AS p) AS p
            WHERE k.order_id = p.order_id AND k.key = p.key
                AND NOT EXISTS (SELECT FROM jobs AS j WHERE j.order_id = k.order_id AND j.key = k.key)
                AND NOT EXISTS (
                    SELECT FROM finished_jobs AS f
                    WHERE f.order_id = k.order_id AND f.key = k.key AND f.finished_at >= (SELECT b.ends FROM bounds AS b))
        )
        SELECT p.order_id, p.id FROM page AS p ORDER BY p.order_id DESC, p.id DESC LIMIT 1
        """
    )

    /// A lock that is waited for stops everybody who comes after.
    private static let impatience = Statement("jobs_impatience", "SELECT set_config('lock_timeout', '250ms', true)")
    /// Run behind `impatience` for a month whose keys are forgotten, once a month.
    private static let dropMonth = Statement("jobs_drop_month", "SELECT drop_month('finished_jobs', $1::text::date)")

    /// Run by every runner once a minute. Served by the indexes of `finished_jobs_default`, `job_keys_pkey` and `jobs_pkey`.
    private static let forgetStray = Statement(
        "jobs_forget_stray",
        """
        WITH old AS MATERIALIZED (
            SELECT f.order_id, f.id, f.finished_at
            FROM finished_jobs_default AS f
            WHERE f.finished_at < now() - $1::bigint * interval '1 microsecond'
            LIMIT $2
        ), gone AS (
            DELETE FROM finished_jobs_default AS f USING old AS o
            WHERE f.order_id = o.order_id AND f.id = o.id AND f.finished_at = o.finished_at
            RETURNING f.order_id, f.key
        ), keys AS (
            DELETE FROM job_keys AS k USING (SELECT DISTINCT g.order_id, g.key FROM gone AS g) AS g
            WHERE k.order_id = g.order_id AND k.key = g.key
                AND NOT EXISTS (SELECT FROM jobs AS j WHERE j.order_id = k.order_id AND j.key = k.key)
                AND NOT EXISTS (
                    SELECT FROM finished_jobs AS f
                    WHERE f.order_id = k.order_id AND f.key = k.key
                        AND f.finished_at >= now() - $1::bigint * interval '1 microsecond')
        )
        SELECT count(*)::integer FROM gone
        """
    )
}
