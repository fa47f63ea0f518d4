package import Postgres

/// Users of the console, as `console_users` keeps them.
package enum UserTable {
    package struct User: Sendable {
        package var name: String
        package var role: Role
        package var isDisabled: Bool
        package var createdAt: PostgresTimestamp
        package var lastSignInAt: PostgresTimestamp?

        init(row: Row) throws {
            name = try row.decode(0)
            role = try row.role(1)
            isDisabled = try row.decode(2)
            createdAt = try row.decode(3)
            lastSignInAt = try row.decodeIfPresent(4)
        }
    }

    /// Every user; a team has few.
    package static func all(on connection: isolated PostgresConnection) throws -> [User] {
        try connection.query(selectAll).map(User.init(row:))
    }

    /// The user and the stored hash of the password.
    static func find(_ name: String, on connection: isolated PostgresConnection) throws -> (User, String)? {
        try connection.query(selectOne, [.text(name)]).first.map { (try User(row: $0), try $0.decode(5)) }
    }

    /// Nil when the name is taken.
    package static func add(
        _ name: String,
        role: Role,
        passwordHash: String,
        in transaction: inout Postgres.Transaction
    ) throws -> User? {
        try transaction.query(insert, [.text(name), .text(role.rawValue), .text(passwordHash)]).first.map(User.init(row:))
    }

    /// Adds the first user; false when there is any.
    static func addFirst(
        _ name: String,
        passwordHash: String,
        on connection: isolated PostgresConnection
    ) throws -> Bool {
        try connection.query(insertFirst, [.text(name), .text(passwordHash)]).affected > 0
    }

    /// Whether there is any user.
    static func hasAny(on connection: isolated PostgresConnection) throws -> Bool {
        try connection.query(exists)[0].decode(0)
    }

    /// Changes what is given and ends the sessions of the user; nil when there is no such user.
    package static func change(
        _ name: String,
        role: Role? = nil,
        disabled: Bool? = nil,
        passwordHash: String? = nil,
        keeping session: [UInt8]? = nil,
        in transaction: inout Postgres.Transaction
    ) throws -> User? {
        let results = try transaction.pipeline([
            (update, [.text(name), .text(role?.rawValue), .bool(disabled), .text(passwordHash)]),
            (SessionTable.deleteOfUser, [.text(name), .bytes(session ?? [])]),
        ])
        return try results[0].first.map(User.init(row:))
    }

    /// Adds the user, or gives it this role and password; for the local admin of `ordersctl up`.
    package static func put(
        _ name: String,
        role: Role,
        passwordHash: String,
        on connection: isolated PostgresConnection
    ) throws {
        try connection.transaction { transaction in
            if try add(name, role: role, passwordHash: passwordHash, in: &transaction) == nil {
                _ = try change(name, role: role, disabled: false, passwordHash: passwordHash, in: &transaction)
            }
        }
    }

    /// Admins who can still sign in, beside this one.
    static func otherAdmins(than name: String, in transaction: inout Postgres.Transaction) throws -> Int {
        try transaction.query(countOtherAdmins, [.text(name)])[0].decode(0)
    }

    /// Run by the page of users and by `ordersctl users`. Reads the table.
    private static let selectAll = Statement(
        "console_user_all",
        "SELECT name, role, disabled, created_at, last_sign_in_at FROM console_users ORDER BY name"
    )

    /// Run at each sign-in. Served by `console_users_pkey`.
    private static let selectOne = Statement(
        "console_user_one",
        "SELECT name, role, disabled, created_at, last_sign_in_at, password_hash FROM console_users WHERE name = $1"
    )

    /// Run when somebody adds a user, at the console or with `ordersctl`, and by `ordersctl up`. Served by `console_users_pkey`.
    private static let insert = Statement(
        "console_user_insert",
        """
        INSERT INTO console_users (name, role, password_hash) VALUES ($1, $2, $3)
        ON CONFLICT ON CONSTRAINT console_users_pkey DO NOTHING
        RETURNING name, role, disabled, created_at, last_sign_in_at
        """
    )

    /// Run once by each console that finds no user at its start.
    private static let insertFirst = Statement(
        "console_user_insert_first",
        """
        INSERT INTO console_users (name, role, password_hash)
        SELECT $1, 'admin', $2 WHERE NOT EXISTS (SELECT FROM console_users)
        ON CONFLICT ON CONSTRAINT console_users_pkey DO NOTHING
        """
    )

    /// Run once by each console at its start.
    private static let exists = Statement("console_user_exists", "SELECT EXISTS (SELECT FROM console_users)")

    /// Run when a user is changed, at the console or with `ordersctl`, or changes the password. Served by `console_users_pkey`.
    private static let update = Statement(
        "console_user_update",
        """
        UPDATE console_users SET
            role = coalesce($2, role), disabled = coalesce($3, disabled), password_hash = coalesce($4, password_hash)
        WHERE name = $1
        RETURNING name, role, disabled, created_at, last_sign_in_at
        """
    )

    /// Run before a user stops being an admin at the console. Reads the table.
    private static let countOtherAdmins = Statement(
        "console_user_count_other_admins",
        "SELECT count(*) FROM console_users WHERE role = 'admin' AND NOT disabled AND name <> $1"
    )
}

extension Row {
    func role(_ column: Int) throws -> Role {
        guard let role = Role(rawValue: try decode(column)) else {
            throw PostgresError(.decoding, "column \(column) is no role")
        }
        return role
    }
}
