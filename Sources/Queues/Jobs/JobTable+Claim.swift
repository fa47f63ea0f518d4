package import Postgres

/// Claiming: what is due, and one update that takes it.
extension JobTable {
    /// What a shop has in a queue that is due.
    package struct DueShop: Sendable, Equatable {
        package var shop: String
        /// Jobs that can be claimed, counted up to the limit that was asked for; none when all wait for others of their orders.
        package var due: Int

        package init(shop: String, due: Int) {
            self.shop = shop
            self.due = due
        }
    }

    /// What one look finds.
    package struct Due: Sendable, Equatable {
        package var shops: [DueShop] = []
        /// Until the next job comes due or the next lease runs out, as far as the look went.
        package var next: Duration?
    }

    /// The shops that have something due, by name, beginning behind `cursor` and going round; none while the queue is paused. Shops
    /// that only have something later cost one step of an index each.
    package static func due(
        _ queue: Queue,
        behind cursor: String,
        shops: Int,
        limit: Int,
        on connection: isolated PostgresConnection
    ) throws -> Due {
        let rounds = cursor.isEmpty ? [("", "")] : [(cursor, ""), ("", cursor)]
        let steps: [(Statement, [Binding])] = rounds.map { start, end in
            (
                selectDue,
                [.text(queue.rawValue), .text(start), .text(end), .int8(Int64(shops)), .int8(Int64(limit))]
            )
        }
        var due = Due()
        for row in try connection.pipeline(steps).joined() {
            if let shop = try row.decodeIfPresent(0, as: String.self), due.shops.count < shops {
                due.shops.append(DueShop(shop: shop, due: try row.decode(1)))
            }
            let next = try row.decodeIfPresent(2, as: Int64.self).map { Duration.microseconds(max(0, $0)) }
            due.next = [due.next, next].compactMap(\.self).min()
        }
        return due
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
                leftAloneFor: .microseconds(max(0, try row.decode(10, as: Int64.self))),
                traceID: try row.decodeIfPresent(8)
            )
        }
    }

    /// Run by every runner before a claim and about once a second when idle. Hops from shop to shop on `jobs_claim_index`, from
    /// behind $2 through $3, until $4 shops have something due; the sequence is looked up in `jobs_pkey`. The last row, without a
    /// shop, says of the others when the first of them has.
    private static let selectDue = Statement(
        "jobs_due",
        """
        WITH RECURSIVE firsts (shop, run_at) AS (
            (SELECT j.shop, j.run_at FROM jobs AS j
                WHERE j.queue = $1 AND j.state IN ('ready', 'running') AND j.shop > $2
                    AND NOT EXISTS (SELECT FROM queue_states AS q WHERE q.queue = $1 AND q.paused_at IS NOT NULL)
                ORDER BY j.shop, j.run_at LIMIT 1)
            UNION ALL
            SELECT n.shop, n.run_at
            FROM firsts AS f
            CROSS JOIN LATERAL (
                SELECT j.shop, j.run_at FROM jobs AS j
                WHERE j.queue = $1 AND j.state IN ('ready', 'running') AND j.shop > f.shop
                ORDER BY j.shop, j.run_at LIMIT 1
            ) AS n
            WHERE $3 = '' OR f.shop < $3
        ), page AS MATERIALIZED (
            SELECT f.shop FROM firsts AS f WHERE f.run_at <= now() AND ($3 = '' OR f.shop <= $3) LIMIT $4
        )
        SELECT p.shop, d.due, (extract(epoch FROM n.run_at - now()) * 1000000)::bigint
        FROM page AS p
        CROSS JOIN LATERAL (
            SELECT count(*) AS due FROM (
                SELECT FROM jobs AS j
                WHERE j.queue = $1 AND j.shop = p.shop AND j.state IN ('ready', 'running') AND j.run_at <= now()
                    AND (j.state = 'ready' OR j.attempt < j.max_attempts)
                    AND NOT EXISTS (
                        SELECT FROM jobs AS e WHERE e.order_id = j.order_id AND e.queue = j.queue AND e.id < j.id
                            AND e.sequenced AND j.sequenced)
                ORDER BY j.run_at
                LIMIT $5
            ) AS c
        ) AS d
        CROSS JOIN LATERAL (
            SELECT min(j.run_at) AS run_at FROM jobs AS j
            WHERE j.queue = $1 AND j.shop = p.shop AND j.state IN ('ready', 'running') AND j.run_at > now()
        ) AS n
        UNION ALL
        SELECT NULL, NULL, (extract(epoch FROM min(f.run_at) - now()) * 1000000)::bigint
        FROM firsts AS f
        WHERE f.run_at > now() AND ($3 = '' OR f.shop <= $3) AND (SELECT count(*) FROM page) < $4
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
                WHERE j.queue = $1 AND j.shop = t.shop AND j.state IN ('ready', 'running') AND j.run_at <= now()
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
            (extract(epoch FROM now() - j.created_at) * 1000000)::bigint,
            coalesce((extract(epoch FROM now() - j.left_alone_since) * 1000000)::bigint, 0)
        """
    )
}
