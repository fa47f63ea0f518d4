import FoundationEssentials
package import Postgres

/// What a runner does for its queue now and then, whichever replica is first.
extension JobTable {
    /// A job that is due and waits behind a dead letter.
    package struct Blocked: Sendable {
        package var id: Int64
        /// The first job of the order in the queue, as its last worker had claimed it.
        package var letter: ClaimedJob
    }

    /// Most jobs that one round of upkeep touches.
    package static let maxUpkeep: Int32 = 1_000
    /// How long jobs behind a dead letter step back, so that claims need not look at them; after the letter is dealt with they
    /// come due within that time.
    package static let stepBack: Duration = .seconds(10)
    /// What stands on dead letters that ended because nobody wanted them any more.
    package static let staleReason = "given up on, and not wanted any more when another job waited behind it"

    /// Sends jobs behind dead letters back, and returns them.
    package static func stepBackBlocked(_ queue: Queue, on connection: isolated PostgresConnection) throws -> [Blocked] {
        let bindings: [Binding] = [.text(queue.rawValue), .int4(maxUpkeep), .int8(stepBack.wholeMicroseconds)]
        return try connection.query(stepBackBlocked, bindings).map { row in
            let letter = ClaimedJob(
                id: try row.decode(2),
                queue: queue,
                key: try row.decode(3),
                orderID: try row.decode(1),
                shop: try row.decode(4),
                input: try row.decode(5),
                attempt: try row.decode(6),
                maxAttempts: try row.decodeIfPresent(7) ?? 0
            )
            return Blocked(id: try row.decode(0), letter: letter)
        }
    }

    /// Ends dead letters that nobody wants any more, and lets what has stepped back behind them come; returns how many ended.
    package static func endStale(_ blocked: [Blocked], on connection: isolated PostgresConnection) throws -> Int {
        let blocked = blocked.sorted { ($0.letter.orderID.uuidString, $0.id) < ($1.letter.orderID.uuidString, $1.id) }
        let letters = blocked.map(\.letter)
        let bindings: [Binding] = [
            .uuids(letters.map(\.orderID)), .int8s(letters.map(\.id)), .int4s(letters.map(\.attempt)),
            .int8s(blocked.map(\.id)), .text(staleReason),
        ]
        return try connection.query(endStale, bindings)[0].decode(0)
    }

    /// Run by every runner every few seconds. Served by `jobs_claim_index` and `jobs_pkey`; asked as an EXISTS the planner may
    /// compare every job with every dead letter.
    private static let stepBackBlocked = Statement(
        "jobs_step_back",
        """
        WITH blocked AS MATERIALIZED (
            SELECT j.order_id, j.id, e.id AS letter_id FROM jobs AS j
            CROSS JOIN LATERAL (
                SELECT e.id, e.state FROM jobs AS e
                WHERE e.order_id = j.order_id AND e.queue = j.queue AND e.id < j.id AND e.sequenced AND j.sequenced
                ORDER BY e.id
                LIMIT 1
            ) AS e
            WHERE j.queue = $1 AND j.state <> 'dead' AND j.state = 'ready' AND j.run_at <= now() AND e.state = 'dead'
            LIMIT $2
            FOR UPDATE OF j SKIP LOCKED
        ), stepped AS (
            UPDATE jobs AS j SET run_at = now() + $3::bigint * interval '1 microsecond'
            FROM blocked AS b
            WHERE j.order_id = b.order_id AND j.id = b.id
        )
        SELECT b.id, l.order_id, l.id, l.key, l.shop, l.input, l.attempt, l.max_attempts
        FROM blocked AS b
        JOIN jobs AS l ON l.order_id = b.order_id AND l.id = b.letter_id
        """
    )

    /// Run by a runner that found dead letters which nobody wants any more; $4 are the jobs behind them. Served by `jobs_pkey`.
    private static let endStale = Statement(
        "jobs_end_stale",
        """
        WITH stale AS (
            SELECT DISTINCT t.order_id, t.id, t.attempt
            FROM unnest($1::uuid[], $2::bigint[], $3::integer[]) AS t (order_id, id, attempt)
        ), ended AS (
            DELETE FROM jobs AS j USING stale AS s
            WHERE j.order_id = s.order_id AND j.id = s.id AND j.attempt = s.attempt AND j.state = 'dead'
            RETURNING j.*
        ), filed AS (
            \(filing("cancelled", reason: "$5"))
        ), freed AS (
            UPDATE jobs AS j SET run_at = now(), updated_at = now()
            FROM unnest($1::uuid[], $4::bigint[]) AS b (order_id, id)
            WHERE j.order_id = b.order_id AND j.id = b.id AND j.state = 'ready' AND j.run_at > now()
                AND j.order_id IN (SELECT e.order_id FROM ended AS e)
        )
        SELECT count(*) FROM ended
        """
    )
}
