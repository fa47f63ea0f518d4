import FoundationEssentials
import Orders
import Postgres
import Queues

/// Jobs that were given up on, as the console looks for them.
enum DeadLetterTable {
    /// Most groups shown.
    private static let maxGroups: Int32 = 200

    /// The id of a job from its text: digits, and not more than fit.
    static func id(_ text: String) -> Int64? {
        text.utf8.allSatisfy(\.isDigit) && text.utf8.count <= 18 ? Int64(text) : nil
    }

    struct Filter: Sendable {
        var ids: [Int64] = []
        var queue: Queue?
        /// The error with its numbers and ids taken out.
        var cause: String?
        var shop: String?
        /// Part of the error.
        var error: String?
        /// Part of the error, of the input, or of the order's number.
        var text: String?
        var orders: [UUID] = []
        /// Given up on at this time or later.
        var since: Instant?

        static let parameters: Set<String> = ["queue", "cause", "shop", "q", "since"]

        init(orders: [UUID] = []) {
            self.orders = orders
        }

        init(_ query: QueryParameters) throws {
            queue = try query.choice("queue", Queue.self)
            cause = try query.text("cause", atMost: 400)
            shop = try query.text("shop", atMost: 200)
            text = try query.text("q", atMost: 200)
            since = try query.instant("since")
        }

        init(_ object: JSONValue?) throws {
            guard let object, object.isObject else { throw APIError.invalid("filter", "filter must be an object.") }
            try object.refuseOthers(than: ["ids", "queue", "cause", "shop", "error", "q", "orderId", "since"])
            let texts = try object.inputTexts("ids", atMost: 1_000)
            ids = texts.compactMap(DeadLetterTable.id)
            guard ids.count == texts.count else { throw APIError.invalid("ids", "ids must be numbers as text.") }
            queue = try object.inputChoice("queue", Queue.self)
            cause = try object.input("cause", 1...400)
            shop = try object.input("shop", 1...200)
            error = try object.input("error", 1...200)
            text = try object.input("q", 1...200)
            since = try object.inputInstant("since")
            if let text = try object.input("orderId", 36...36) {
                guard let order = UUID(uuidString: text) else { throw APIError.invalid("orderId", "orderId must be a UUID.") }
                orders = [order]
            }
        }

        /// `$1` to `$8` of every statement.
        var bindings: [Binding] {
            [
                .int8s(ids), .text(queue?.rawValue), .text(cause), .text(shop), .text(error), .text(text), .uuids(orders),
                .timestamptz(since?.microseconds),
            ]
        }
    }

    /// Oldest first, behind `after`.
    static func page(
        _ filter: Filter,
        after id: Int64?,
        limit: Int,
        on connection: isolated PostgresConnection
    ) throws -> [JobView] {
        try connection.query(select, filter.bindings + [.int8(id ?? 0), .int4(Int32(limit))]).map(JobView.init(row:))
    }

    static func count(_ filter: Filter, on connection: isolated PostgresConnection) throws -> Int {
        try connection.query(count, filter.bindings)[0].decode(0)
    }

    /// The largest groups first.
    static func groups(_ filter: Filter, on connection: isolated PostgresConnection) throws -> [DeadLetterGroup] {
        try connection.query(selectGroups, filter.bindings + [.int4(maxGroups)]).map(DeadLetterGroup.init(row:))
    }

    /// Ids of those that are meant, for the commands that change them; bounded as those are.
    static func ids(_ filter: Filter, on connection: isolated PostgresConnection) throws -> [Int64] {
        try connection.query(selectIDs, filter.bindings + [.int4(DeadLetters.maxChanged)]).map { try $0.decode(0) }
    }

    // Every statement below reads the dead jobs only, served by `jobs_dead_index`: there are few, or something is very wrong. The
    // cause is the error with ids and numbers taken out, so that one fault of many orders is one group.

    private static let select = Statement(
        "dead_letter_page",
        """
        SELECT j.id, j.queue, j.key, j.order_id, j.shop, j.state, j.attempt, j.max_attempts, j.worker, j.last_error, j.input,
            j.last_answer, j.created_at, j.run_at, j.updated_at
        FROM jobs AS j
        WHERE \(meant) AND j.id > $9
        ORDER BY j.id
        LIMIT $10
        """
    )

    private static let count = Statement("dead_letter_count", "SELECT count(*) FROM jobs AS j WHERE \(meant)")

    private static let selectIDs = Statement(
        "dead_letter_ids",
        "SELECT j.id FROM jobs AS j WHERE \(meant) ORDER BY j.id LIMIT $9"
    )

    private static let selectGroups = Statement(
        "dead_letter_groups",
        """
        SELECT \(DeadLetterGroup.columns)
        FROM jobs AS j
        WHERE \(meant)
        GROUP BY 1, 2
        ORDER BY 3 DESC, 1, 2
        LIMIT $9
        """
    )

    private static let meant = """
        j.state = 'dead' AND (cardinality($1::bigint[]) = 0 OR j.id = ANY ($1)) AND ($2::text IS NULL OR j.queue = $2)
        AND ($3::text IS NULL OR \(DeadLetterGroup.cause) = $3) AND ($4::text IS NULL OR j.shop = $4)
        AND ($5::text IS NULL OR position($5 IN j.last_error) > 0)
        AND ($6::text IS NULL OR position(lower($6) IN lower(j.last_error)) > 0
            OR position($6 IN convert_from(j.input, 'UTF8')) > 0
            OR EXISTS (SELECT FROM orders AS o WHERE o.id = j.order_id AND $6 IN (o.ref_id, o.name, ltrim(o.name, '#'))))
        AND (cardinality($7::uuid[]) = 0 OR j.order_id = ANY ($7)) AND ($8::timestamptz IS NULL OR j.updated_at >= $8)
        """
}
