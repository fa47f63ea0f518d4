package import FoundationEssentials
package import Postgres

/// The statements of live jobs: making them.
package enum JobTable {
    /// One statement that makes jobs, for the transaction in which they are decided; a key that was ever used makes nothing.
    package static func insert(_ jobs: [NewJob]) -> (Statement, [Binding]) {
        var keys = Set<String>(minimumCapacity: jobs.count)
        let jobs = jobs.filter { keys.insert("\($0.orderID) \($0.key)").inserted }
        return (
            insert,
            [
                .texts(jobs.map(\.queue.rawValue)), .texts(jobs.map(\.key)), .uuids(jobs.map(\.orderID)),
                .texts(jobs.map(shop(of:))),
                .byteses(jobs.map(\.input)), .int8s(jobs.map(\.delay.wholeMicroseconds)), .bools(jobs.map(\.isSequenced)),
                .uuids(jobs.map(\.traceID)),
            ]
        )
    }

    /// One statement that forgets keys, for the transaction which finds that nothing was done under them and nothing is wanted:
    /// the same effect can then be wanted anew.
    package static func forget(_ keys: [(order: UUID, key: String)]) -> (Statement, [Binding]) {
        (forget, [.uuids(keys.map(\.order)), .texts(keys.map(\.key))])
    }

    /// One statement that ends as cancelled what was given up on, for the transaction which finds that nothing is left of it to do: dead
    /// letters, and jobs that their workers are about to make some of.
    package static func cancelGivenUp(
        _ keys: [(order: UUID, key: String)],
        because reason: String
    ) -> (Statement, [Binding]) {
        (cancelGivenUp, [.uuids(keys.map(\.order)), .texts(keys.map(\.key)), .text(reason)])
    }

    /// The claim hops from shop to shop, beginning behind the empty name.
    private static func shop(of job: NewJob) -> String { job.shop.isEmpty ? "-" : job.shop }

    /// Run by the orchestrator, under the locks of the orders, for jobs that find nothing to do. Served by `job_keys_pkey`.
    private static let forget = Statement(
        "job_keys_forget",
        """
        DELETE FROM job_keys AS k USING unnest($1::uuid[], $2::text[]) AS t (order_id, key)
        WHERE k.order_id = t.order_id AND k.key = t.key
        """
    )

    /// Run by the orchestrator, under the locks of the orders, for bookings that were given up on and happened. Served by
    /// `jobs_pkey`.
    private static let cancelGivenUp = Statement(
        "jobs_cancel_given_up",
        """
        WITH ended AS (
            DELETE FROM jobs AS j USING unnest($1::uuid[], $2::text[]) AS t (order_id, key)
            WHERE j.order_id = t.order_id AND j.key = t.key AND j.state IN ('dead', 'running')
            RETURNING j.*
        )
        \(filing("cancelled", reason: "$3"))
        """
    )

    /// Files the live jobs that a statement calls `ended` as they were; the parameter holds why they ended.
    static func filing(_ outcome: String, reason parameter: String) -> String {
        """
        INSERT INTO finished_jobs (
            order_id, id, queue, key, shop, input, outcome, reason, attempt, worker, last_error, answer, created_at, started_at,
            turns)
        SELECT
            e.order_id, e.id, e.queue, e.key, e.shop, e.input, '\(outcome)', \(parameter), e.attempt, e.worker, e.last_error,
            e.last_answer, e.created_at, e.started_at, e.turns
        FROM ended AS e
        """
    }

    /// Run by the orchestrator once a batch that wants effects. Served by `job_keys_pkey`. The comparison with TRUE makes the
    /// planner look keys up in a hash table; its own idea is to compare each with each.
    private static let insert = Statement(
        "jobs_insert",
        """
        WITH wanted AS (
            SELECT t.*
            FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::bytea[], $6::bigint[], $7::boolean[], $8::uuid[])
                WITH ORDINALITY AS t (queue, key, order_id, shop, input, delay, sequenced, trace_id, n)
        ), fresh AS (
            INSERT INTO job_keys (order_id, key)
            SELECT w.order_id, w.key FROM wanted AS w ORDER BY w.order_id, w.key
            ON CONFLICT ON CONSTRAINT job_keys_pkey DO NOTHING
            RETURNING order_id, key
        )
        INSERT INTO jobs (order_id, queue, key, shop, input, run_at, sequenced, trace_id)
        SELECT w.order_id, w.queue, w.key, w.shop, w.input, now() + w.delay * interval '1 microsecond', w.sequenced, w.trace_id
        FROM wanted AS w
        WHERE ((w.order_id, w.key) IN (SELECT f.order_id, f.key FROM fresh AS f)) IS TRUE
        ORDER BY w.n
        """
    )
}

extension Duration {
    /// Microseconds, rounded towards zero.
    var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
