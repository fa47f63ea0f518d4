import FoundationEssentials
package import Postgres

/// Jobs behind a dead letter of their order: they are set aside, so that no claim looks at them again and again, and come back when the
/// letter is dealt with (`jobs_unblock_trigger`).
extension JobTable {
    /// Most jobs that one step of upkeep touches.
    package static let maxUpkeep = 1_000
    /// What stands on dead letters that ended because nobody wanted them any more.
    package static let staleReason = "given up on, and not wanted any more when another job waited behind it"

    /// Blocks what is due behind a dead letter; what is due behind a job of later comes due with that one. Returns how many it moved;
    /// `maxUpkeep` means that more may be left.
    package static func setAside(_ queue: Queue, on connection: isolated PostgresConnection) throws -> Int {
        try connection.query(setAside, [.text(queue.rawValue), .int4(Int32(maxUpkeep))]).affected
    }

    /// Dead letters that others wait behind, as their last workers had claimed them.
    package struct BlockingLetters: Sendable {
        package var letters: [ClaimedJob] = []
        /// The last job that was looked at for them; nil when there is none behind it.
        package var last: BlockedJob?
    }

    /// The place of a blocked job among all of them.
    package struct BlockedJob: Sendable, Equatable {
        var orderID: UUID
        var id: Int64
    }

    /// The letters before the next `maxUpkeep` jobs that were set aside.
    ///
    /// - Parameter last: where the last look ended; nil to begin anew.
    package static func blockingLetters(
        _ queue: Queue,
        behind last: BlockedJob?,
        on connection: isolated PostgresConnection
    ) throws -> BlockingLetters {
        let bindings: [Binding] = [
            .text(queue.rawValue), .uuid(last?.orderID ?? UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))),
            .int8(last?.id ?? 0), .int4(Int32(maxUpkeep)),
        ]
        let rows = try connection.query(selectBlocking, bindings)
        var found = BlockingLetters()
        if rows.count == maxUpkeep, let row = rows.last {
            found.last = BlockedJob(orderID: try row.decode(1), id: try row.decode(0))
        }
        var seen: Set<Int64> = []
        for row in rows where seen.insert(try row.decode(2)).inserted {
            found.letters.append(
                ClaimedJob(
                    id: try row.decode(2),
                    queue: queue,
                    key: try row.decode(3),
                    orderID: try row.decode(1),
                    shop: try row.decode(4),
                    input: try row.decode(5),
                    attempt: try row.decode(6),
                    maxAttempts: try row.decodeIfPresent(7) ?? 0
                )
            )
        }
        return found
    }

    /// Ends dead letters that nobody wants any more; returns how many ended.
    package static func endStale(_ letters: [ClaimedJob], on connection: isolated PostgresConnection) throws -> Int {
        let letters = letters.sorted { ($0.orderID.uuidString, $0.id) < ($1.orderID.uuidString, $1.id) }
        let bindings: [Binding] = [
            .uuids(letters.map(\.orderID)), .int8s(letters.map(\.id)), .int4s(letters.map(\.attempt)), .text(staleReason),
        ]
        return try connection.query(endStale, bindings).affected
    }

    /// Written so that `jobs_dead_index` cannot serve it: it looks cheap while there are no letters, when plans are made, and is read to
    /// its end when there are.
    private static func isDead(_ job: String) -> String { "\(job).state || '' = 'dead'" }

    /// Run by every runner every second or two, until there are none. Served by `jobs_claim_index` and `jobs_pkey`; asked as an EXISTS the
    /// planner may compare every job with every dead letter.
    private static let setAside = Statement(
        "jobs_set_aside",
        """
        WITH waiting AS MATERIALIZED (
            SELECT j.order_id, j.id, e.state, e.run_at FROM jobs AS j
            CROSS JOIN LATERAL (
                SELECT e.state, e.run_at FROM jobs AS e
                WHERE e.order_id = j.order_id AND e.queue = j.queue AND e.id < j.id AND e.sequenced AND j.sequenced
                    AND (e.state = 'dead' OR e.state = 'ready' AND e.run_at > now())
                ORDER BY e.id
                LIMIT 1
                FOR SHARE SKIP LOCKED
            ) AS e
            WHERE j.queue = $1 AND j.state = 'ready' AND j.run_at <= now()
            LIMIT $2
            FOR UPDATE OF j SKIP LOCKED
        )
        UPDATE jobs AS j SET
            state = CASE w.state WHEN 'dead' THEN 'blocked' ELSE j.state END,
            run_at = CASE w.state WHEN 'dead' THEN j.run_at ELSE w.run_at END
        FROM waiting AS w
        WHERE j.order_id = w.order_id AND j.id = w.id
        """
    )

    /// Run by every runner every second or two. Served by `jobs_blocked_index` and `jobs_pkey`.
    private static let selectBlocking = Statement(
        "jobs_blocking",
        """
        WITH page AS MATERIALIZED (
            SELECT j.order_id, j.id FROM jobs AS j
            WHERE j.queue = $1 AND j.state = 'blocked' AND (j.order_id, j.id) > ($2, $3)
            ORDER BY j.order_id, j.id
            LIMIT $4
        )
        SELECT p.id, l.order_id, l.id, l.key, l.shop, l.input, l.attempt, l.max_attempts
        FROM page AS p
        CROSS JOIN LATERAL (
            SELECT e.* FROM jobs AS e
            WHERE e.order_id = p.order_id AND e.queue = $1 AND e.id < p.id AND e.sequenced AND \(isDead("e"))
            ORDER BY e.id
            LIMIT 1
        ) AS l
        ORDER BY p.order_id, p.id
        """
    )

    /// Run by a runner that found dead letters which nobody wants any more. Served by `jobs_pkey`.
    private static let endStale = Statement(
        "jobs_end_stale",
        """
        WITH ended AS (
            DELETE FROM jobs AS j USING unnest($1::uuid[], $2::bigint[], $3::integer[]) AS t (order_id, id, attempt)
            WHERE j.order_id = t.order_id AND j.id = t.id AND j.attempt = t.attempt AND \(isDead("j"))
            RETURNING j.*
        )
        \(filing("cancelled", reason: "$4"))
        """
    )
}
