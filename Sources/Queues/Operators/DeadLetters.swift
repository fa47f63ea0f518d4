package import Postgres

/// What operators do with jobs that were given up on.
package enum DeadLetters {
    /// Most dead letters that one call changes.
    package static let maxChanged: Int32 = 100_000

    /// Gives dead letters fresh attempts, at most `ratePerSecond` of them coming due in a second; returns how many.
    package static func requeue(
        _ filter: JobView.Filter,
        ratePerSecond: Int,
        in transaction: inout Transaction
    ) throws -> Int {
        let spacing = Duration.seconds(1) / max(1, ratePerSecond)
        let bindings = filter.bindings.dropLast() + [.int4(maxChanged), .int8(spacing.wholeMicroseconds)]
        return try transaction.query(requeue, Array(bindings)).affected
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
        _ filter: JobView.Filter,
        reason: String,
        in transaction: inout Transaction
    ) throws -> Int {
        let bindings = filter.bindings.dropLast() + [.int4(maxChanged), .text(reason)]
        let row = try transaction.query(discard, Array(bindings))[0]
        let open: Int = try row.decode(0)
        guard open == 0 else { throw OpenBookings(count: open) }
        return try row.decode(1)
    }

    /// Refuses what `discard` would refuse.
    ///
    /// - Throws: `OpenBookings` when one of the letters cannot be discarded.
    package static func refuseOpen(_ filter: JobView.Filter, in transaction: inout Transaction) throws {
        let open: Int = try transaction.query(countOpen, Array(filter.bindings.dropLast()))[0].decode(0)
        guard open == 0 else { throw OpenBookings(count: open) }
    }

    /// How many dead letters are meant.
    package static func count(_ filter: JobView.Filter, on connection: isolated PostgresConnection) throws -> Int {
        try connection.query(count, Array(filter.bindings.dropLast()))[0].decode(0)
    }

    /// What is meant by cause, the largest groups first.
    package static func groups(
        _ filter: JobView.Filter,
        limit: Int32,
        on connection: isolated PostgresConnection
    ) throws -> [DeadLetterGroup] {
        try connection.query(groups, filter.bindings.dropLast() + [.int4(limit)]).map(DeadLetterGroup.init(row:))
    }

    /// Run by `ordersctl dead-letters requeue`. The attempt goes on counting, so that a worker of before cannot finish it.
    private static let requeue = Statement(
        "dead_letters_requeue",
        """
        WITH meant AS MATERIALIZED (
            SELECT order_id, id
            FROM jobs
            WHERE state = 'dead' AND (cardinality($1::bigint[]) = 0 OR id = ANY ($1)) AND ($2::text IS NULL OR queue = $2)
                AND ($3::uuid IS NULL OR order_id = $3) AND ($4::text IS NULL OR shop = $4)
                AND ($5::text IS NULL OR position($5 IN last_error) > 0)
            ORDER BY id
            LIMIT $6
            FOR UPDATE
        ), numbered AS (
            SELECT order_id, id, row_number() OVER (ORDER BY id) - 1 AS n FROM meant
        )
        UPDATE jobs AS j SET
            state = 'ready', max_attempts = NULL, run_at = now() + m.n * $7::bigint * interval '1 microsecond', updated_at = now()
        FROM numbered AS m
        WHERE j.order_id = m.order_id AND j.id = m.id
        """
    )

    /// Run by `ordersctl dead-letters discard`; in one statement, so that nothing is discarded that was not looked at.
    private static let discard = Statement(
        "dead_letters_discard",
        """
        WITH meant AS MATERIALIZED (
            SELECT order_id, id
            FROM jobs
            WHERE state = 'dead' AND (cardinality($1::bigint[]) = 0 OR id = ANY ($1)) AND ($2::text IS NULL OR queue = $2)
                AND ($3::uuid IS NULL OR order_id = $3) AND ($4::text IS NULL OR shop = $4)
                AND ($5::text IS NULL OR position($5 IN last_error) > 0)
            ORDER BY id
            LIMIT $6
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
            \(JobTable.filing("discarded", reason: "$7"))
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

    /// Run by `ordersctl dead-letters groups`.
    private static let groups = Statement(
        "dead_letters_groups",
        """
        SELECT \(DeadLetterGroup.columns)
        FROM jobs AS j
        WHERE j.state = 'dead' AND (cardinality($1::bigint[]) = 0 OR j.id = ANY ($1)) AND ($2::text IS NULL OR j.queue = $2)
            AND ($3::uuid IS NULL OR j.order_id = $3) AND ($4::text IS NULL OR j.shop = $4)
            AND ($5::text IS NULL OR position($5 IN j.last_error) > 0)
        GROUP BY 1, 2
        ORDER BY 3 DESC, 1, 2
        LIMIT $6
        """
    )

    /// Run by `ordersctl dead-letters discard --dry-run`.
    private static let countOpen = Statement(
        "dead_letters_count_open",
        """
        SELECT count(*)
        FROM jobs AS j
        \(openBooking)
        WHERE j.state = 'dead' AND (cardinality($1::bigint[]) = 0 OR j.id = ANY ($1)) AND ($2::text IS NULL OR j.queue = $2)
            AND ($3::uuid IS NULL OR j.order_id = $3) AND ($4::text IS NULL OR j.shop = $4)
            AND ($5::text IS NULL OR position($5 IN j.last_error) > 0)
        """
    )

    private static let count = Statement(
        "dead_letters_count",
        """
        SELECT count(*)
        FROM jobs
        WHERE state = 'dead' AND (cardinality($1::bigint[]) = 0 OR id = ANY ($1)) AND ($2::text IS NULL OR queue = $2)
            AND ($3::uuid IS NULL OR order_id = $3) AND ($4::text IS NULL OR shop = $4)
            AND ($5::text IS NULL OR position($5 IN last_error) > 0)
        """
    )
}
