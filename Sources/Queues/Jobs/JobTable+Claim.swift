package import Postgres

/// Claiming: what is due, and one update that takes it.
extension JobTable {
    /// What a shop has in a queue.
    package struct DueShop: Sendable, Equatable {
        package var shop: String
        /// Jobs that can be claimed, counted up to the limit that was asked for.
        package var due: Int
        /// Until the next job comes due or the next lease runs out.
        package var next: Duration?

        package init(shop: String, due: Int, next: Duration? = nil) {
            self.shop = shop
            self.due = due
            self.next = next
        }

        fileprivate init(_ row: Row) throws {
            shop = try row.decode(0)
            due = try row.decode(1)
            next = try row.decodeIfPresent(2, as: Int64.self).map { .microseconds(max(0, $0)) }
        }
    }

    /// The shops that have live jobs, by name, beginning behind `cursor` and going round; none while the queue is paused.
    package static func dueShops(
        _ queue: Queue,
        behind cursor: String,
        shops: Int,
        limit: Int,
        on connection: isolated PostgresConnection
    ) throws -> [DueShop] {
        let steps: [(Statement, [Binding])] = (cursor.isEmpty ? [""] : [cursor, ""]).map { start in
            (selectDueShops, [.text(queue.rawValue), .text(start), .int8(Int64(shops)), .int8(Int64(limit))])
        }
        let found = try connection.pipeline(steps).map { try $0.map(DueShop.init) }
        let others = cursor.isEmpty ? [] : found[1].prefix { $0.shop <= cursor }
        return Array((found[0] + others).prefix(shops))
    }

    /// Takes up to the given number of due jobs of each shop for `worker`, none while the queue is paused. What other workers
    /// are claiming is skipped.
    package static func claim(
        _ queue: Queue,
        quotas: [(shop: String, jobs: Int)],
        worker: String,
        configuration: QueueConfiguration,
        on connection: isolated PostgresConnection
    ) throws -> [ClaimedJob] {
        let bindings: [Binding] = [
            .text(queue.rawValue), .texts(quotas.map(\.shop)), .int8s(quotas.map { Int64($0.jobs) }),
            .int4(configuration.attempts),
            .text(worker), .int8(configuration.lease.wholeMicroseconds),
        ]
        // The flight is one transaction; each of its statements sees what was committed before it began.
        let rows = try connection.pipeline([(QueuePause.share, [.text(queue.rawValue)]), (claim, bindings)])[1]
        return try rows.map { row in
            ClaimedJob(
                id: try row.decode(0),
                queue: queue,
                key: try row.decode(1),
                orderID: try row.decode(2),
                shop: try row.decode(3),
                input: try row.decode(4),
                attempt: try row.decode(5),
                maxAttempts: try row.decode(6),
                waited: .microseconds(max(0, try row.decode(7, as: Int64.self))),
                age: .microseconds(max(0, try row.decode(9, as: Int64.self))),
                traceID: try row.decodeIfPresent(8)
            )
        }
    }

    /// Run by every runner before a claim and about once a second when idle. Hops from shop to shop on `jobs_claim_index`;
    /// the sequence is looked up in `jobs_pkey`.
    private static let selectDueShops = Statement(
        "jobs_due_shops",
        """
        WITH RECURSIVE shops (shop) AS (
            (SELECT j.shop FROM jobs AS j
                WHERE j.queue = $1 AND j.state <> 'dead' AND j.shop > $2 ORDER BY j.shop LIMIT 1)
            UNION ALL
            SELECT (SELECT j.shop FROM jobs AS j
                WHERE j.queue = $1 AND j.state <> 'dead' AND j.shop > s.shop ORDER BY j.shop LIMIT 1)
            FROM shops AS s WHERE s.shop IS NOT NULL
        )
        SELECT s.shop, d.due, (extract(epoch FROM n.run_at - now()) * 1000000)::bigint
        FROM (SELECT shop FROM shops WHERE shop IS NOT NULL LIMIT $3) AS s
        CROSS JOIN LATERAL (
            SELECT count(*) AS due FROM (
                SELECT FROM jobs AS j
                WHERE j.queue = $1 AND j.shop = s.shop AND j.state <> 'dead' AND j.run_at <= now()
                    AND (j.state = 'ready' OR j.attempt < j.max_attempts)
                    AND NOT EXISTS (
                        SELECT FROM jobs AS e WHERE e.order_id = j.order_id AND e.queue = j.queue AND e.id < j.id
                            AND e.sequenced AND j.sequenced)
                ORDER BY j.run_at
                LIMIT $4
            ) AS c
        ) AS d
        CROSS JOIN LATERAL (
            SELECT min(j.run_at) AS run_at FROM jobs AS j
            WHERE j.queue = $1 AND j.shop = s.shop AND j.state <> 'dead' AND j.run_at > now()
        ) AS n
        WHERE NOT EXISTS (SELECT FROM queue_states AS q WHERE q.queue = $1 AND q.paused_at IS NOT NULL)
        """
    )

    /// Run by every runner that has room for jobs that are due. Served by `jobs_claim_index` and `jobs_pkey`.
    private static let claim = Statement(
        "jobs_claim",
        """
        WITH candidates AS MATERIALIZED (
            SELECT c.order_id, c.id, c.run_at
            FROM unnest($2::text[], $3::bigint[]) AS t (shop, quota)
            CROSS JOIN LATERAL (
                SELECT j.order_id, j.id, j.run_at FROM jobs AS j
                WHERE j.queue = $1 AND j.shop = t.shop AND j.state <> 'dead' AND j.run_at <= now()
                    AND (j.state = 'ready' OR j.attempt < j.max_attempts)
                    AND NOT EXISTS (
                        SELECT FROM jobs AS e WHERE e.order_id = j.order_id AND e.queue = j.queue AND e.id < j.id
                            AND e.sequenced AND j.sequenced)
                ORDER BY j.run_at
                LIMIT t.quota
                FOR UPDATE OF j SKIP LOCKED
            ) AS c
            WHERE NOT EXISTS (SELECT FROM queue_states AS q WHERE q.queue = $1 AND q.paused_at IS NOT NULL)
        )
        UPDATE jobs AS j SET
            state = 'running', attempt = j.attempt + 1, max_attempts = coalesce(j.max_attempts, j.attempt + $4), worker = $5,
            started_at = now(), updated_at = now(), run_at = now() + $6::bigint * interval '1 microsecond',
            lease_until = now() + $6::bigint * interval '1 microsecond'
        FROM candidates AS c
        WHERE j.order_id = c.order_id AND j.id = c.id
        RETURNING j.id, j.key, j.order_id, j.shop, j.input, j.attempt, j.max_attempts,
            (extract(epoch FROM now() - c.run_at) * 1000000)::bigint, j.trace_id,
            (extract(epoch FROM now() - j.created_at) * 1000000)::bigint
        """
    )
}
