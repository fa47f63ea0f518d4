package import Postgres

/// What a runner does for its queue now and then, whichever replica is first.
extension JobTable {
    /// Most jobs that one round of upkeep touches.
    package static let maxUpkeep: Int32 = 1_000
    /// How long jobs behind a dead letter step back, so that claims need not look at them; after the letter is dealt with they
    /// come due within that time.
    package static let stepBack: Duration = .seconds(10)

    /// Sends jobs behind a dead letter back; returns how many there were.
    package static func stepBackBlocked(_ queue: Queue, on connection: isolated PostgresConnection) throws -> Int {
        let bindings: [Binding] = [.text(queue.rawValue), .int4(maxUpkeep), .int8(stepBack.wholeMicroseconds)]
        return try connection.pipeline([(stepBackBlocked, bindings)])[0].affected
    }

    /// Run by every runner every few seconds. Served by `jobs_claim_index` and `jobs_pkey`; asked as an EXISTS the planner may
    /// compare every job with every dead letter.
    private static let stepBackBlocked = Statement(
        "jobs_step_back",
        """
        WITH blocked AS MATERIALIZED (
            SELECT j.order_id, j.id FROM jobs AS j
            WHERE j.queue = $1 AND j.state <> 'dead' AND j.state = 'ready' AND j.run_at <= now()
                AND (
                    SELECT e.state FROM jobs AS e
                    WHERE e.order_id = j.order_id AND e.queue = j.queue AND e.id < j.id
                    ORDER BY e.id
                    LIMIT 1
                ) = 'dead'
            LIMIT $2
            FOR UPDATE OF j SKIP LOCKED
        )
        UPDATE jobs AS j SET run_at = now() + $3::bigint * interval '1 microsecond'
        FROM blocked AS b
        WHERE j.order_id = b.order_id AND j.id = b.id
        """
    )
}
