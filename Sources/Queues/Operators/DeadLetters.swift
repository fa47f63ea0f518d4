package import Postgres

/// Jobs that were given up on, and what operators do with them.
package enum DeadLetters {
    /// Most dead letters that one call changes.
    package static let maxChanged: Int32 = 100_000

    /// What is meant, oldest first, behind `id`.
    package static func page(
        _ filter: Filter,
        after id: Int64? = nil,
        limit: Int32,
        on connection: isolated PostgresConnection
    ) throws -> [JobView] {
        try connection.query(page, filter.bindings + [.int8(id ?? 0), .int4(limit)]).map(JobView.init(row:))
    }

    /// How many dead letters are meant.
    package static func count(_ filter: Filter, on connection: isolated PostgresConnection) throws -> Int {
        try connection.query(count, filter.bindings)[0].decode(0)
    }

    /// Ids of those that are meant, the oldest first: as many as one call changes.
    package static func ids(_ filter: Filter, on connection: isolated PostgresConnection) throws -> [Int64] {
        try connection.query(ids, filter.bindings + [.int4(maxChanged)]).map { try $0.decode(0) }
    }

    /// What is meant by cause, the largest groups first.
    package static func groups(
        _ filter: Filter,
        limit: Int32,
        on connection: isolated PostgresConnection
    ) throws -> [DeadLetterGroup] {
        try connection.query(groups, filter.bindings + [.int4(limit)]).map(DeadLetterGroup.init(row:))
    }

    /// Gives dead letters fresh attempts, at most `ratePerSecond` of them coming due in a second; returns how many.
    package static func requeue(
        _ filter: Filter,
        ratePerSecond: Int,
        in transaction: inout Transaction
    ) throws -> Int {
        let spacing = Duration.seconds(1) / max(1, ratePerSecond)
        let bindings = filter.bindings + [.int4(maxChanged), .int8(spacing.wholeMicroseconds)]
        return try transaction.query(requeue, bindings).affected
    }

    /// Letters that cannot be discarded: without them nothing would ever end the bookings they are about.
    package struct OpenBookings: Error, CustomStringConvertible {
        package let count: Int

        package var description: String {
            """
            \(count) of them are about bookings that are not over, and without their letters nothing would end these: requeue \
            them. An order that is cancelled or held ends its parked booking and the letter with it. Nothing was discarded.
            """
        }
    }

    /// Ends dead letters for good: what they wanted does not happen; returns how many.
    ///
    /// - Throws: `OpenBookings` when one of them is about a booking that is not over.
    package static func discard(
        _ filter: Filter,
        reason: String,
        in transaction: inout Transaction
    ) throws -> Int {
        let row = try transaction.query(discard, filter.bindings + [.int4(maxChanged), .text(reason)])[0]
        let open: Int = try row.decode(0)
        guard open == 0 else { throw OpenBookings(count: open) }
        return try row.decode(1)
    }

    /// Refuses what `discard` would refuse.
    ///
    /// - Throws: `OpenBookings` when one of the letters cannot be discarded.
    package static func refuseOpen(_ filter: Filter, in transaction: inout Transaction) throws {
        let open: Int = try transaction.query(countOpen, filter.bindings)[0].decode(0)
        guard open == 0 else { throw OpenBookings(count: open) }
    }

    // Every statement below is run when a person asks for it, by `ordersctl dead-letters` or at the console. It reads the dead jobs only,
    // served by `jobs_dead_index`: there are few, or something is very wrong.

    /// Run by both for their lists, and for a letter that somebody opens.
    private static let page = Statement(
        "dead_letters_page",
        """
        SELECT \(JobView.liveColumns)
        FROM jobs AS j
        WHERE \(meant) AND j.id > $9
        ORDER BY j.id
        LIMIT $10
        """
    )

    /// Run by both with the first page of a list, and by `ordersctl` for a dry run.
    private static let count = Statement("dead_letters_count", "SELECT count(*) FROM jobs AS j WHERE \(meant)")

    /// Run by the console before it changes any: what it changes is what it has counted.
    private static let ids = Statement("dead_letters_ids", "SELECT j.id FROM jobs AS j WHERE \(meant) ORDER BY j.id LIMIT $9")

    /// Run by both for their lists of causes.
    private static let groups = Statement(
        "dead_letters_groups",
        """
        SELECT \(DeadLetterGroup.columns)
        FROM jobs AS j
        WHERE \(meant)
        GROUP BY 1, 2
        ORDER BY 3 DESC, 1, 2
        LIMIT $9
        """
    )

    /// Run by both, and when somebody has an order tried again at the console. The attempt goes on counting, so that a worker of before
    /// cannot finish it. Changes rows by `jobs_pkey`.
    private static let requeue = Statement(
        "dead_letters_requeue",
        """
        WITH meant AS MATERIALIZED (
            SELECT j.order_id, j.id
            FROM jobs AS j
            WHERE \(meant)
            ORDER BY j.id
            LIMIT $9
            FOR UPDATE
        ), numbered AS (
            SELECT order_id, id, row_number() OVER (ORDER BY id) - 1 AS n FROM meant
        )
        UPDATE jobs AS j SET
            state = 'ready', max_attempts = NULL, run_at = now() + m.n * $10::bigint * interval '1 microsecond', updated_at = now()
        FROM numbered AS m
        WHERE j.order_id = m.order_id AND j.id = m.id
        """
    )

    /// Run by both; in one statement, so that nothing is discarded that was not looked at. Ends rows by `jobs_pkey`.
    private static let discard = Statement(
        "dead_letters_discard",
        """
        WITH meant AS MATERIALIZED (
            SELECT j.order_id, j.id
            FROM jobs AS j
            WHERE \(meant)
            ORDER BY j.id
            LIMIT $9
            FOR UPDATE
        ), open AS (
            SELECT count(*) AS n
            FROM meant AS m
            JOIN jobs AS j ON j.order_id = m.order_id AND j.id = m.id
            \(openBooking)
        ), ended AS (
            DELETE FROM jobs AS j USING meant AS m, open AS o
            WHERE j.order_id = m.order_id AND j.id = m.id AND o.n = 0
            RETURNING j.*
        ), filed AS (
            \(JobTable.filing("discarded", reason: "$10"))
            RETURNING id
        )
        SELECT (SELECT o.n FROM open AS o), (SELECT count(*) FROM filed)
        """
    )

    /// Joins a job `j` with the booking that only it can end. The attempt is the end of its key; served by `bookings_pkey`.
    private static let openBooking = """
        JOIN bookings AS b ON b.order_id = j.order_id AND b.state NOT IN ('cancelled', 'returned', 'rejected')
            AND j.key = concat(
                CASE b.state WHEN 'cancel_requested' THEN 'cancel:' WHEN 'return_requested' THEN 'return:' ELSE 'book:' END,
                b.order_id, ':', b.attempt)
        """

    /// Run by both for a dry run of a discard.
    private static let countOpen = Statement(
        "dead_letters_count_open",
        """
        SELECT count(*)
        FROM jobs AS j
        \(openBooking)
        WHERE \(meant)
        """
    )
}
