package import FoundationEssentials
package import Postgres

/// A job as a person looks at it, live or ended.
package struct JobView: Sendable {
    package var id: Int64
    package var queue: String
    package var key: String
    package var orderID: UUID
    package var shop: String
    /// `ready`, `scheduled` (ready and not due yet), `running`, `blocked`, `dead`, `done`, `cancelled` or `discarded`.
    package var state: String
    package var attempt: Int32
    package var maxAttempts: Int32?
    package var worker: String?
    package var lastError: String?
    package var input: [UInt8]
    package var lastAnswer: [UInt8]?
    package var createdAt: PostgresTimestamp
    /// When it may start; nil for a job that has ended.
    package var runAt: PostgresTimestamp?
    /// When it ended or was given up on.
    package var finishedAt: PostgresTimestamp?

    /// Which jobs are meant; every part that is set must fit.
    package struct Filter: Sendable {
        package var ids: [Int64]?
        package var queue: Queue?
        package var orderID: UUID?
        package var shop: String?
        /// Part of the last error, letter by letter.
        package var error: String?
        package var state: String?

        package init(
            ids: [Int64]? = nil,
            queue: Queue? = nil,
            orderID: UUID? = nil,
            shop: String? = nil,
            error: String? = nil,
            state: String? = nil
        ) {
            self.ids = ids
            self.queue = queue
            self.orderID = orderID
            self.shop = shop
            self.error = error
            self.state = state
        }

        /// `$1` to `$6` of every statement with a filter.
        var bindings: [Binding] {
            [
                .int8s(ids ?? []), .text(queue?.rawValue), .uuid(orderID), .text(shop), .text(error), .text(state),
            ]
        }
    }

    /// Jobs that are live, oldest first.
    package static func live(
        _ filter: Filter,
        limit: Int32,
        on connection: isolated PostgresConnection
    ) throws -> [JobView] {
        try connection.query(selectLive, filter.bindings + [.int4(limit)]).map(JobView.init(row:))
    }

    /// Jobs that have ended, newest first.
    package static func finished(
        _ filter: Filter,
        limit: Int32,
        on connection: isolated PostgresConnection
    ) throws -> [JobView] {
        try connection.query(selectFinished, filter.bindings + [.int4(limit)]).map(JobView.init(row:))
    }

    /// From the columns that every statement that reads jobs names, in the same order.
    package init(row: Row) throws {
        id = try row.decode(0)
        queue = try row.decode(1)
        key = try row.decode(2)
        orderID = try row.decode(3)
        shop = try row.decode(4)
        state = try row.decode(5)
        attempt = try row.decode(6)
        maxAttempts = try row.decodeIfPresent(7)
        worker = try row.decodeIfPresent(8)
        lastError = try row.decodeIfPresent(9)
        input = try row.decode(10)
        lastAnswer = try row.decodeIfPresent(11)
        createdAt = try row.decode(12)
        runAt = try row.decodeIfPresent(13)
        finishedAt = try row.decodeIfPresent(14)
    }

    /// Run by `ordersctl jobs` and `ordersctl dead-letters`.
    private static let selectLive = Statement(
        "jobs_view_live",
        """
        SELECT id, queue, key, order_id, shop, s.state, attempt, max_attempts, worker, last_error, input, last_answer, created_at,
            run_at, CASE WHEN j.state = 'dead' THEN updated_at END
        FROM jobs AS j
        CROSS JOIN LATERAL (
            SELECT CASE WHEN j.state = 'ready' AND j.run_at > now() THEN 'scheduled' ELSE j.state END AS state
        ) AS s
        WHERE (cardinality($1::bigint[]) = 0 OR id = ANY ($1)) AND ($2::text IS NULL OR queue = $2)
            AND ($3::uuid IS NULL OR order_id = $3) AND ($4::text IS NULL OR shop = $4)
            AND ($5::text IS NULL OR position($5 IN last_error) > 0) AND ($6::text IS NULL OR s.state = $6)
        ORDER BY id
        LIMIT $7
        """
    )

    /// Run by `ordersctl jobs --finished`.
    private static let selectFinished = Statement(
        "jobs_view_finished",
        """
        SELECT id, queue, key, order_id, shop, outcome, attempt, NULL::integer, worker, coalesce(reason, last_error), input, answer,
            created_at, NULL::timestamptz, finished_at
        FROM finished_jobs
        WHERE (cardinality($1::bigint[]) = 0 OR id = ANY ($1)) AND ($2::text IS NULL OR queue = $2)
            AND ($3::uuid IS NULL OR order_id = $3) AND ($4::text IS NULL OR shop = $4)
            AND ($5::text IS NULL OR position($5 IN coalesce(reason, last_error)) > 0) AND ($6::text IS NULL OR outcome = $6)
        ORDER BY finished_at DESC
        LIMIT $7
        """
    )
}
