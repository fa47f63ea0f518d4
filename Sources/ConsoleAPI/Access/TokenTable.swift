package import FoundationEssentials
import Orders
package import Postgres

/// Tokens of machines, as `console_tokens` keeps them.
package enum TokenTable {
    package struct Token: Sendable {
        package var id: UUID
        package var name: String
        package var role: Role
        package var createdBy: String
        package var createdAt: PostgresTimestamp
        package var expiresAt: PostgresTimestamp?
        package var lastUsedAt: PostgresTimestamp?

        init(row: Row) throws {
            id = try row.decode(0)
            name = try row.decode(1)
            role = try row.role(2)
            createdBy = try row.decode(3)
            createdAt = try row.decode(4)
            expiresAt = try row.decodeIfPresent(5)
            lastUsedAt = try row.decodeIfPresent(6)
        }
    }

    package static func all(on connection: isolated PostgresConnection) throws -> [Token] {
        try connection.query(selectAll).map(Token.init(row:))
    }

    package static func add(
        id: UUID,
        secret: String,
        name: String,
        role: Role,
        by creator: String,
        days: Int?,
        in transaction: inout Postgres.Transaction
    ) throws -> Token {
        let bindings: [Binding] = [
            .uuid(id), .bytes(Digest(of: Array(secret.utf8)).bytes), .text(name), .text(role.rawValue), .text(creator),
            .int4(days.map(Int32.init)),
        ]
        return try Token(row: try transaction.query(insert, bindings)[0])
    }

    /// False when there is no such token.
    package static func revoke(_ id: UUID, in transaction: inout Postgres.Transaction) throws -> Bool {
        try transaction.query(delete, [.uuid(id)]).affected > 0
    }

    static func find(_ secret: String, on connection: isolated PostgresConnection) throws -> Caller? {
        try connection.query(use, [.bytes(Digest(of: Array(secret.utf8)).bytes)]).first.map { row in
            Caller(
                name: "token:\(try row.decode(0, as: String.self))",
                role: try row.role(1),
                proof: .token,
                expiresAt: try row.decodeIfPresent(2, as: PostgresTimestamp.self)?.microseconds
            )
        }
    }

    /// Run by the page of tokens and by `ordersctl tokens`. Reads the table; a team has few.
    private static let selectAll = Statement(
        "console_token_all",
        "SELECT id, name, role, created_by, created_at, expires_at, last_used_at FROM console_tokens ORDER BY created_at, id"
    )

    /// Run when somebody adds a token, at the console or with `ordersctl`.
    private static let insert = Statement(
        "console_token_insert",
        """
        INSERT INTO console_tokens (id, token_hash, name, role, created_by, expires_at)
        VALUES ($1, $2, $3, $4, $5, now() + make_interval(days => $6))
        RETURNING id, name, role, created_by, created_at, expires_at, last_used_at
        """
    )

    /// Run when somebody revokes a token, at the console or with `ordersctl`. Served by `console_tokens_pkey`.
    private static let delete = Statement("console_token_delete", "DELETE FROM console_tokens WHERE id = $1")

    /// Run by every request with a token; notes its use once a minute. Served by `console_tokens_token_hash_key`.
    private static let use = Statement(
        "console_token_use",
        """
        WITH found AS (
            SELECT id, name, role, expires_at, last_used_at FROM console_tokens
            WHERE token_hash = $1 AND (expires_at IS NULL OR expires_at > now())
        ), noted AS (
            UPDATE console_tokens AS t SET last_used_at = now() FROM found AS f
            WHERE t.id = f.id AND (f.last_used_at IS NULL OR f.last_used_at < now() - interval '1 minute')
        )
        SELECT name, role, expires_at FROM found
        """
    )
}
