import FoundationEssentials
import Orders
import Postgres

/// Saved views, as `console_views` keeps them.
enum ViewTable {
    /// Most views of one person.
    static let maxPerOwner = 100
    /// Most views shown.
    private static let maxShown: Int32 = 500

    struct Draft: Sendable {
        var name: String
        var page: String
        var query: String
        var isShared: Bool
    }

    struct View: Sendable {
        var id: UUID
        var owner: String
        var draft: Draft
        var createdAt: PostgresTimestamp

        init(row: Row) throws {
            id = try row.decode(0)
            owner = try row.decode(1)
            draft = Draft(
                name: try row.decode(2),
                page: try row.decode(3),
                query: try row.decode(4),
                isShared: try row.decode(5)
            )
            createdAt = try row.decode(6)
        }

        func write(to writer: inout JSONWriter, for name: String) {
            writer.beginObject()
            writer.member("id", id)
            writer.member("name", draft.name)
            writer.member("page", draft.page)
            writer.member("query", draft.query)
            writer.member("shared", draft.isShared)
            writer.member("owner", owner)
            writer.member("mine", owner == name)
            writer.member("createdAt", createdAt)
            writer.endObject()
        }
    }

    /// The person's own and the shared ones.
    static func all(for owner: String, on connection: isolated PostgresConnection) throws -> [View] {
        try connection.query(selectAll, [.text(owner), .int4(maxShown)]).map(View.init(row:))
    }

    /// Nil when the name is taken or there are too many.
    static func add(_ draft: Draft, id: UUID, owner: String, in transaction: inout Postgres.Transaction) throws -> View? {
        let bindings = Self.bindings(draft, id, owner) + [.int4(Int32(maxPerOwner))]
        return try transaction.query(insert, bindings).first.map(View.init(row:))
    }

    /// Nil when the view is not the owner's.
    static func change(_ draft: Draft, id: UUID, owner: String, in transaction: inout Postgres.Transaction) throws -> View? {
        try transaction.query(update, bindings(draft, id, owner)).first.map(View.init(row:))
    }

    /// False when the view is not the owner's.
    static func delete(_ id: UUID, owner: String, in transaction: inout Postgres.Transaction) throws -> Bool {
        try transaction.query(delete, [.uuid(id), .text(owner)]).affected > 0
    }

    private static func bindings(_ draft: Draft, _ id: UUID, _ owner: String) -> [Binding] {
        [.uuid(id), .text(owner), .text(draft.name), .text(draft.page), .text(draft.query), .bool(draft.isShared)]
    }

    /// Run when a page with views opens; there are few.
    private static let selectAll = Statement(
        "console_view_all",
        """
        SELECT id, owner, name, page, query, shared, created_at FROM console_views
        WHERE owner = $1 OR shared
        ORDER BY page, name, id
        LIMIT $2
        """
    )

    /// Served by `console_views_name_key`.
    private static let insert = Statement(
        "console_view_insert",
        """
        INSERT INTO console_views (id, owner, name, page, query, shared)
        SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM console_views WHERE owner = $2) < $7
        ON CONFLICT ON CONSTRAINT console_views_name_key DO NOTHING
        RETURNING id, owner, name, page, query, shared, created_at
        """
    )

    /// Served by `console_views_pkey`.
    private static let update = Statement(
        "console_view_update",
        """
        UPDATE console_views AS v SET name = $3, page = $4, query = $5, shared = $6
        WHERE v.id = $1 AND v.owner = $2
            AND NOT EXISTS (
                SELECT FROM console_views AS o WHERE o.owner = $2 AND o.page = $4 AND o.name = $3 AND o.id <> $1)
        RETURNING id, owner, name, page, query, shared, created_at
        """
    )

    /// Served by `console_views_pkey`.
    private static let delete = Statement("console_view_delete", "DELETE FROM console_views WHERE id = $1 AND owner = $2")
}
