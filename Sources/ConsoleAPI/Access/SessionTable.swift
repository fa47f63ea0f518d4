import Postgres

/// Who is signed in, as `console_sessions` keeps it.
enum SessionTable {
    /// Who the cookie of this hash belongs to; nil when it has ended or the user was disabled.
    static func find(_ hash: [UInt8], on connection: isolated PostgresConnection) throws -> Caller? {
        try connection.query(select, [.bytes(hash)]).first.map { row in
            Caller(
                name: try row.decode(0),
                role: try row.role(1),
                proof: .session(hash: hash),
                expiresAt: try row.decode(2, as: PostgresTimestamp.self).microseconds
            )
        }
    }

    /// Begins a session and forgets the ended ones of everybody.
    static func begin(
        _ hash: [UInt8],
        user: String,
        hours: Int,
        in transaction: inout Postgres.Transaction
    ) throws -> PostgresTimestamp {
        let results = try transaction.pipeline([
            (deleteEnded, []),
            (insert, [.bytes(hash), .text(user), .int4(Int32(hours))]),
            (signedIn, [.text(user)]),
        ])
        return try results[1][0].decode(0)
    }

    static func end(_ hash: [UInt8], in transaction: inout Postgres.Transaction) throws {
        _ = try transaction.query(delete, [.bytes(hash)])
    }

    /// Ends every session of a user.
    static func endAll(of user: String, in transaction: inout Postgres.Transaction) throws {
        _ = try transaction.query(deleteOfUser, [.text(user), .bytes([])])
    }

    /// Run by every request with a cookie. Served by `console_sessions_pkey` and `console_users_pkey`.
    private static let select = Statement(
        "console_session_find",
        """
        SELECT u.name, u.role, s.expires_at
        FROM console_sessions AS s JOIN console_users AS u ON u.name = s.user_name
        WHERE s.token_hash = $1 AND s.expires_at > now() AND NOT u.disabled
        """
    )

    /// Run at each sign-in.
    private static let insert = Statement(
        "console_session_insert",
        """
        INSERT INTO console_sessions (token_hash, user_name, expires_at) VALUES ($1, $2, now() + make_interval(hours => $3))
        RETURNING expires_at
        """
    )

    /// Run at each sign-in. Served by `console_users_pkey`.
    private static let signedIn = Statement(
        "console_session_signed_in",
        "UPDATE console_users SET last_sign_in_at = now() WHERE name = $1"
    )

    /// Run at each sign-in. Reads the table: it has a row for each session that has not ended or ended since the last sign-in.
    private static let deleteEnded = Statement(
        "console_session_delete_ended",
        "DELETE FROM console_sessions WHERE expires_at <= now()"
    )

    /// Run at each sign-out. Served by `console_sessions_pkey`.
    private static let delete = Statement("console_session_delete", "DELETE FROM console_sessions WHERE token_hash = $1")

    /// Ends the sessions of a user but this one: run when somebody signs out everywhere, and when a user is changed. Served by
    /// `console_sessions_user_name_index`.
    static let deleteOfUser = Statement(
        "console_session_delete_of_user",
        "DELETE FROM console_sessions WHERE user_name = $1 AND token_hash <> $2"
    )
}
