import FoundationEssentials
package import Postgres

/// Jobs whose last attempt took its worker along: nobody claims them again, and nobody has said that they are dead.
extension JobTable {
    /// Most lost jobs that one round of upkeep deals with.
    package static let maxLost: Int32 = 100
    /// What stands on their dead letters.
    package static let lostReason = "the worker of the last attempt did not come back"

    /// The queue's lost jobs, as their workers had claimed them.
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

    /// Run by every runner every few seconds. Served by `jobs_claim_index`.
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
