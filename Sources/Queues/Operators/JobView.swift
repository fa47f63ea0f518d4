package import FoundationEssentials
package import Postgres

/// A job as a person looks at it, live or ended.
package struct JobView: Sendable {
    /// What a job is in, as a person asks for it.
    package enum State: String, CaseIterable, Sendable {
        /// Due; `scheduled` is not due yet. The table calls both `ready`.
        case ready, scheduled, running
        case blocked, dead
        case done, cancelled, discarded

        /// Those of a job that has not ended.
        package static let live: [State] = [.ready, .scheduled, .running, .blocked, .dead]
        /// Those of a job that has ended.
        package static let ended: [State] = [.done, .cancelled, .discarded]
    }

    package var id: Int64
    package var queue: String
    package var key: String
    package var orderID: UUID
    package var shop: String
    package var state: State
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
        package var queue: Queue?
        package var orderID: UUID?
        package var shop: String?
        /// Part of the last error, letter by letter.
        package var error: String?
        package var state: State?

        package init(
            queue: Queue? = nil,
            orderID: UUID? = nil,
            shop: String? = nil,
            error: String? = nil,
            state: State? = nil
        ) {
            self.queue = queue
            self.orderID = orderID
            self.shop = shop
            self.error = error
            self.state = state
        }

        /// `$1` to `$5` of every statement with a filter.
        fileprivate var bindings: [Binding] {
            [.text(queue?.rawValue), .uuid(orderID), .text(shop), .text(error), .text(state?.rawValue)]
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

    /// From `liveColumns` or `finishedColumns`.
    package init(row: Row) throws {
        id = try row.decode(0)
        queue = try row.decode(1)
        key = try row.decode(2)
        orderID = try row.decode(3)
        shop = try row.decode(4)
        guard let state = State(rawValue: try row.decode(5)) else {
            throw PostgresError(.decoding, "a job is in an unknown state")
        }
        self.state = state
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

    /// The columns of a row, from live jobs `j`.
    package static let liveColumns = """
        j.id, j.queue, j.key, j.order_id, j.shop, \(liveState), j.attempt, j.max_attempts, j.worker, j.last_error, j.input,
        j.last_answer, j.created_at, j.run_at, CASE WHEN j.state = 'dead' THEN j.updated_at END
        """

    /// The columns of a row, from ended jobs `j`.
    package static let finishedColumns = """
        j.id, j.queue, j.key, j.order_id, j.shop, j.outcome, j.attempt, NULL::integer, j.worker, coalesce(j.reason, j.last_error),
        j.input, j.answer, j.created_at, NULL::timestamptz, j.finished_at
        """

    /// The state of a live job `j` in SQL. One definition for columns and filters, or a filter would not find what a list shows.
    package static let liveState = "CASE WHEN j.state = 'ready' AND j.run_at > now() THEN 'scheduled' ELSE j.state END"

    /// Whether a live or ended job `j` is meant, but for its error and its state.
    private static let meant = """
        ($1::text IS NULL OR j.queue = $1) AND ($2::uuid IS NULL OR j.order_id = $2) AND ($3::text IS NULL OR j.shop = $3)
        """

    /// Run by `ordersctl jobs` and by whoever opens an order at the console. Served by `jobs_pkey` for an order; any other filter reads
    /// the table of live jobs.
    private static let selectLive = Statement(
        "jobs_view_live",
        """
        SELECT \(liveColumns)
        FROM jobs AS j
        WHERE \(meant) AND ($4::text IS NULL OR position($4 IN j.last_error) > 0) AND ($5::text IS NULL OR \(liveState) = $5)
        ORDER BY j.id
        LIMIT $6
        """
    )

    /// Run by `ordersctl jobs --finished` and by whoever opens an order at the console. Served by `finished_jobs_order_index` for an
    /// order; any other filter reads all that are kept.
    private static let selectFinished = Statement(
        "jobs_view_finished",
        """
        SELECT \(finishedColumns)
        FROM finished_jobs AS j
        WHERE \(meant) AND ($4::text IS NULL OR position($4 IN coalesce(j.reason, j.last_error)) > 0)
            AND ($5::text IS NULL OR j.outcome = $5)
        ORDER BY j.finished_at DESC
        LIMIT $6
        """
    )
}
