import FoundationEssentials
package import Postgres

/// Jobs whose workers did not come back before their leases were over.
extension JobTable {
    /// Lets jobs that have attempts left start again, before all that were made after them; returns how many. A claim finds them too, but
    /// behind a backlog only when it is their turn, and not while their queue is paused or whoever is called is left alone.
    package static func release(_ queue: Queue, on connection: isolated PostgresConnection) throws -> Int {
        try connection.query(release, [.text(queue.rawValue), .int4(Int32(maxUpkeep))]).affected
    }

    /// Most lost jobs that one round of upkeep deals with.
    package static let maxLost: Int32 = 100
    /// What stands on their dead letters.
    package static let lostReason = "the worker of the last attempt did not come back"

    /// The queue's jobs whose last attempt took its worker along, as it had claimed them: nobody claims them again, and nobody has said
    /// that they are dead.
    package static func lost(_ queue: Queue, on connection: isolated PostgresConnection) throws -> [ClaimedJob] {
        try connection.query(selectLost, [.text(queue.rawValue), .int4(maxLost)]).map { row in
            ClaimedJob(
                id: try row.decode(0),
                queue: queue,
                key: try row.decode(1),
                orderID: try row.decode(2),
                shop: try row.decode(3),
                input: try row.decode(4),
                attempt: try row.decode(5),
                maxAttempts: try row.decode(6)
            )
        }
    }

    /// Makes dead letters of them; returns how many were still lost.
    package static func bury(_ jobs: [ClaimedJob], on connection: isolated PostgresConnection) throws -> Int {
        let jobs = jobs.sorted { ($0.orderID.uuidString, $0.id) < ($1.orderID.uuidString, $1.id) }
        let bindings: [Binding] = [
            .uuids(jobs.map(\.orderID)), .int8s(jobs.map(\.id)), .int4s(jobs.map(\.attempt)), .text(lostReason),
        ]
        return try connection.pipeline([(buryLost, bindings)])[0].affected
    }

    /// Run by every runner every second or two. Served by `jobs_claim_index`.
    private static let release = Statement(
        "jobs_release",
        """
        WITH orphans AS MATERIALIZED (
            SELECT j.order_id, j.id FROM jobs AS j
            WHERE j.queue = $1 AND j.state = 'running' AND j.run_at <= now() AND j.attempt < j.max_attempts
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        )
        UPDATE jobs AS j SET state = 'ready', run_at = j.created_at, lease_until = NULL, updated_at = now()
        FROM orphans AS o
        WHERE j.order_id = o.order_id AND j.id = o.id
        """
    )

    /// Run by every runner every second or two. Served by `jobs_claim_index`.
    private static let selectLost = Statement(
        "jobs_lost",
        """
        SELECT j.id, j.key, j.order_id, j.shop, j.input, j.attempt, j.max_attempts FROM jobs AS j
        WHERE j.queue = $1 AND j.state = 'running' AND j.run_at <= now() AND j.attempt >= j.max_attempts
        ORDER BY j.run_at
        LIMIT $2
        """
    )

    /// Run by a runner that found lost jobs. Served by `jobs_pkey`.
    private static let buryLost = Statement(
        "jobs_bury_lost",
        """
        UPDATE jobs AS j SET state = 'dead', lease_until = NULL, updated_at = now(), last_error = $4
        FROM unnest($1::uuid[], $2::bigint[], $3::integer[]) AS l (order_id, id, attempt)
        WHERE j.order_id = l.order_id AND j.id = l.id AND j.attempt = l.attempt AND j.state = 'running' AND j.run_at <= now()
        """
    )
}
