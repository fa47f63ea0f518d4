import FoundationEssentials
import Orders
import Postgres

/// Things done to many orders, as `bulk_operations` and `bulk_items` keep them.
enum BulkTable {
    /// Most orders of one operation.
    static let maxOrders = 100_000

    enum Action: String, CaseIterable, Sendable {
        case edit, hold, release, requeue
    }

    struct Operation: Sendable {
        var id: UUID
        var action: Action
        /// The `set` of an edit, as JSON text.
        var edit: String?
        /// JSON text.
        var filter: String
        var createdBy: String
        var reason: String?
        var requestID: String
        var state: String
        var total: Int64
        var done: Int64
        var failed: Int64
        var createdAt: PostgresTimestamp
        var updatedAt: PostgresTimestamp
        var finishedAt: PostgresTimestamp?

        init(row: Row) throws {
            id = try row.decode(0)
            guard let action = Action(rawValue: try row.decode(1)) else {
                throw PostgresError(.decoding, "a bulk operation has an unknown action")
            }
            self.action = action
            edit = try row.decodeIfPresent(2)
            filter = try row.decode(3)
            createdBy = try row.decode(4)
            reason = try row.decodeIfPresent(5)
            requestID = try row.decode(6)
            state = try row.decode(7)
            total = try row.decode(8)
            done = try row.decode(9)
            failed = try row.decode(10)
            createdAt = try row.decode(11)
            updatedAt = try row.decode(12)
            finishedAt = try row.decodeIfPresent(13)
        }

        func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("id", id)
            writer.member("action", action.rawValue)
            writer.nullable("set", json: edit)
            writer.nullable("filter", json: filter)
            writer.member("by", createdBy)
            writer.member("state", state)
            writer.member("total", total)
            writer.member("done", done)
            writer.member("failed", failed)
            writer.member("createdAt", createdAt)
            writer.member("updatedAt", updatedAt)
            writer.nullable("finishedAt", finishedAt)
            writer.nullable("reason", reason)
            writer.endObject()
        }
    }

    struct Failure: Sendable {
        var orderID: UUID
        var refID: String
        var reason: String
        var at: PostgresTimestamp
    }

    /// What a new operation is.
    struct Draft: Sendable {
        var id: UUID
        var action: Action
        var edit: String?
        var filter: String
        var createdBy: String
        var reason: String?
        var requestID: String
    }

    /// Keeps the exact set of orders that match and begins; the operation's `total` says how many there are.
    static func begin(
        _ draft: Draft,
        _ filter: OrderFilter,
        in transaction: inout Postgres.Transaction
    ) throws -> Operation {
        _ = try transaction.query(
            insert,
            [
                .uuid(draft.id), .text(draft.action.rawValue), .text(draft.edit), .text(draft.filter), .text(draft.createdBy),
                .text(draft.reason), .text(draft.requestID),
            ]
        )
        _ = try transaction.query(
            OrderListStatements.keep(filter.candidates),
            filter.bindings + [.uuid(draft.id), .int4(Int32(maxOrders + 1))]
        )
        return try Operation(row: try transaction.query(countItems, [.uuid(draft.id)])[0])
    }

    static func page(before cursor: PageCursor?, limit: Int, on connection: isolated PostgresConnection) throws -> [Operation] {
        let place = try cursor.map { (at: try $0.time(0), id: try $0.uuid(1)) }
        return try connection.query(selectPage, [.timestamptz(place?.at), .uuid(place?.id), .int4(Int32(limit))])
            .map(Operation.init(row:))
    }

    static func find(_ id: UUID, on connection: isolated PostgresConnection) throws -> Operation? {
        try connection.query(selectOne, [.uuid(id)]).first.map(Operation.init(row:))
    }

    /// Nil when there is no such operation; one that has ended stays as it is.
    static func cancel(_ id: UUID, in transaction: inout Postgres.Transaction) throws -> Operation? {
        try transaction.pipeline([(cancel, [.uuid(id)]), (selectOne, [.uuid(id)])])[1].first.map(Operation.init(row:))
    }

    static func failures(
        of id: UUID,
        after order: UUID?,
        limit: Int,
        on connection: isolated PostgresConnection
    ) throws -> [Failure] {
        try connection.query(selectFailures, [.uuid(id), .uuid(order), .int4(Int32(limit))]).map { row in
            Failure(
                orderID: try row.decode(0),
                refID: try row.decode(1),
                reason: try row.decode(2),
                at: try row.decode(3)
            )
        }
    }

    private static let columns = """
        id, action, edit, filter::text, created_by, reason, request_id, state, total, done, failed, created_at, updated_at,
        finished_at
        """

    /// Run when an operator begins one.
    private static let insert = Statement(
        "bulk_insert",
        """
        INSERT INTO bulk_operations (id, action, edit, filter, created_by, reason, request_id, total)
        VALUES ($1, $2, $3, $4::text::jsonb, $5, $6, $7, 0)
        """
    )

    /// Served by `bulk_items_pkey`.
    private static let countItems = Statement(
        "bulk_count_items",
        """
        UPDATE bulk_operations SET total = (SELECT count(*) FROM bulk_items WHERE bulk_id = $1) WHERE id = $1
        RETURNING \(columns)
        """
    )

    /// Run by the list of operations. Served by `bulk_operations_created_at_index`.
    private static let selectPage = Statement(
        "bulk_page",
        """
        SELECT \(columns) FROM bulk_operations
        WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1, $2::uuid)
        ORDER BY created_at DESC, id DESC
        LIMIT $3
        """
    )

    /// Run each second by whoever watches one. Served by `bulk_operations_pkey`.
    private static let selectOne = Statement("bulk_one", "SELECT \(columns) FROM bulk_operations WHERE id = $1")

    /// Run when an operator cancels one. Served by `bulk_operations_pkey` and `bulk_items_pkey`.
    private static let cancel = Statement(
        "bulk_cancel",
        """
        WITH ended AS (
            UPDATE bulk_operations SET state = 'cancelled', updated_at = now(), finished_at = now()
            WHERE id = $1 AND state = 'running' RETURNING id
        )
        DELETE FROM bulk_items AS i USING ended AS e WHERE i.bulk_id = e.id AND i.failure IS NULL
        """
    )

    /// Served by `bulk_items_pkey`.
    private static let selectFailures = Statement(
        "bulk_failures",
        """
        SELECT i.order_id, o.ref_id, i.failure, i.failed_at
        FROM bulk_items AS i JOIN orders AS o ON o.id = i.order_id
        WHERE i.bulk_id = $1 AND i.failure IS NOT NULL AND ($2::uuid IS NULL OR i.order_id > $2)
        ORDER BY i.order_id
        LIMIT $3
        """
    )

    // What follows is run by the worker, once a batch of orders.

    /// The oldest operation that nobody works on. Served by `bulk_operations_running_index`.
    static let claim = Statement(
        "bulk_claim",
        "SELECT \(columns) FROM bulk_operations WHERE state = 'running' ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED"
    )

    /// Served by `bulk_items_pkey`.
    static let next = Statement(
        "bulk_next",
        "SELECT order_id FROM bulk_items WHERE bulk_id = $1 AND failure IS NULL ORDER BY order_id LIMIT $2"
    )

    /// Served by `bulk_items_pkey`.
    static let done = Statement("bulk_done", "DELETE FROM bulk_items WHERE bulk_id = $1 AND order_id = ANY ($2::uuid[])")

    /// Served by `bulk_items_pkey`.
    static let fail = Statement(
        "bulk_fail",
        """
        UPDATE bulk_items AS i SET failure = t.failure, failed_at = now()
        FROM unnest($2::uuid[], $3::text[]) AS t (order_id, failure)
        WHERE i.bulk_id = $1 AND i.order_id = t.order_id
        """
    )

    /// Served by `bulk_operations_pkey`.
    static let advance = Statement(
        "bulk_advance",
        """
        UPDATE bulk_operations SET
            done = done + $2, failed = failed + $3, updated_at = now(),
            state = CASE WHEN $4::boolean THEN 'finished' ELSE state END,
            finished_at = CASE WHEN $4::boolean THEN now() ELSE finished_at END
        WHERE id = $1
        """
    )
}
