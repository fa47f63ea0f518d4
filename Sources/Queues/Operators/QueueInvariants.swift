package import Postgres

/// What must be true of the queues at any moment; each check returns offenders.
package enum QueueInvariants {
    /// Most offenders that a check returns.
    package static let maxOffenders: Int32 = 20
    /// How long a job may be left running after its lease.
    package static let grace: Duration = .seconds(5)

    /// Turns that came closer together than the limit of the queue allows, over all replicas, of the last day; as
    /// “shop, time”. A turn's time is that of its bundle, which its call may follow later. Attempts whose worker died are not
    /// among them: nobody wrote their turns down.
    package static func tooFast(
        _ queue: Queue,
        limit: RateLimit,
        on connection: isolated PostgresConnection
    ) throws -> [String] {
        let bindings: [Binding] = [
            .text(queue.rawValue), .bool(limit.scope == .shop), .int4(Int32(limit.maxStarts)),
            .int8(limit.window.wholeMicroseconds), .int4(maxOffenders),
        ]
        return try connection.query(tooFast, bindings).map { try $0.decode(0) }
    }

    /// Jobs that were started after their queue had been paused.
    package static func startedWhilePaused(on connection: isolated PostgresConnection) throws -> [String] {
        try connection.query(startedWhilePaused, [.int4(maxOffenders)]).map { try $0.decode(0) }
    }

    /// Jobs that are running although their lease ended more than `grace` ago.
    package static func overdue(on connection: isolated PostgresConnection) throws -> [String] {
        try connection.query(overdue, [.int8(grace.wholeMicroseconds), .int4(maxOffenders)]).map { try $0.decode(0) }
    }

    /// Run by `ordersctl verify`; reads the last day of `finished_jobs`. $3 starts are allowed in $4 microseconds, of each shop
    /// if $2. Served by `finished_jobs_finished_at_index`.
    private static let tooFast = Statement(
        "queue_too_fast",
        """
        WITH turns AS (
            SELECT CASE WHEN $2 THEN f.shop ELSE '' END AS scope, unnest(f.turns) AS time
            FROM finished_jobs AS f
            WHERE f.queue = $1 AND f.finished_at > now() - interval '1 day'
            UNION ALL
            SELECT CASE WHEN $2 THEN j.shop ELSE '' END, unnest(j.turns)
            FROM jobs AS j
            WHERE j.queue = $1
        )
        SELECT concat_ws(', ', nullif(t.scope, ''), to_timestamp(t.time / 1000000.0)::text)
        FROM (SELECT scope, time, lag(time, $3) OVER (PARTITION BY scope ORDER BY time) AS earlier FROM turns) AS t
        WHERE t.time - t.earlier < $4
        LIMIT $5
        """
    )

    /// Run by `ordersctl verify`. Jobs of a paused queue are few, or finished within its pause. Served by
    /// `jobs_claim_index` and `finished_jobs_finished_at_index`.
    private static let startedWhilePaused = Statement(
        "queue_started_while_paused",
        """
        SELECT j.order_id || ' ' || j.key
        FROM queue_states AS q
        JOIN jobs AS j ON j.queue = q.queue AND j.state = 'running' AND j.started_at > q.paused_at
        UNION ALL
        SELECT f.order_id || ' ' || f.key
        FROM queue_states AS q
        JOIN finished_jobs AS f ON f.queue = q.queue AND f.finished_at > q.paused_at AND f.started_at > q.paused_at
        LIMIT $1
        """
    )

    /// Run by `ordersctl verify`. Served by `jobs_claim_index`.
    private static let overdue = Statement(
        "queue_overdue",
        """
        SELECT j.order_id || ' ' || j.key
        FROM jobs AS j
        WHERE j.state = 'running' AND j.lease_until < now() - $1::bigint * interval '1 microsecond'
        LIMIT $2
        """
    )
}
