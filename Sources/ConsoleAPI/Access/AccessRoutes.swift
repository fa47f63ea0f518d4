import HTTPTypes
package import Orders
import Postgres

/// Users and tokens, for admins.
struct AccessRoutes: Sendable {
    private static let maxTokenDays: Int64 = 3_650

    let pool: PostgresPool
    let hasher: PasswordHasher
    let host: HostFacilities

    var routes: [Route] {
        [
            Route(.get, "/api/users", .role(.admin)) { _ in
                Answer.array(try await pool.withConnection { try UserTable.all(on: $0) }) { $1.write(to: &$0) }
            },
            Route(.post, "/api/users", .role(.admin), addUser),
            Route(.patch, "/api/users/{name}", .role(.admin), changeUser),
            Route(.get, "/api/tokens", .role(.admin)) { _ in
                Answer.array(try await pool.withConnection { try TokenTable.all(on: $0) }) { $1.write(to: &$0) }
            },
            Route(.post, "/api/tokens", .role(.admin), addToken),
            Route(.delete, "/api/tokens/{id}", .role(.admin), revokeToken),
        ]
    }

    @Sendable private func addUser(_ call: Call) async throws -> Answer {
        let caller = try call.actor()
        let body = try await call.object(["name", "role", "password"])
        let name = try body.required("name", 1...64)
        guard UserTable.isName(name) else {
            throw APIError.invalid("name", "A name has letters, digits and . _ @ -, and begins with a letter or a digit.")
        }
        guard let role = try body.inputChoice("role", Role.self) else { throw APIError.invalid("role", "role is missing.") }
        let hash = try await hasher.hash(try body.required("password", PasswordHasher.passwordLength))
        let entry = OperatorAudit.Entry(
            call,
            caller,
            action: "user.add",
            target: "user:\(name)",
            after: #"{"role":"\#(role.rawValue)"}"#
        )
        let user = try await pool.transaction { transaction in
            guard let user = try UserTable.add(name, role: role, passwordHash: hash, in: &transaction) else {
                throw APIError(.conflict, "There is a user of this name already.", field: "name")
            }
            try transaction.commit(audited: entry)
            return user
        }
        return Answer.value(status: .created) { user.write(to: &$0) }
    }

    @Sendable private func changeUser(_ call: Call) async throws -> Answer {
        let caller = try call.actor()
        let name = call.path["name"] ?? ""
        let body = try await call.object(["role", "disabled", "password"])
        let role = try body.inputChoice("role", Role.self)
        let disabled = try body.inputFlag("disabled")
        let password = try body.input("password", PasswordHasher.passwordLength)
        guard role != nil || disabled != nil || password != nil else {
            throw APIError(.invalidInput, "Name what shall change: role, disabled or password.")
        }
        let hash: String? = if let password { try await hasher.hash(password) } else { nil }
        let entry = OperatorAudit.Entry(
            call,
            caller,
            action: "user.change",
            target: "user:\(name)",
            after: Self.change(role, disabled, hasPassword: hash != nil)
        )
        let user = try await pool.transaction { transaction in
            let losesAdmin = disabled == true || role.map { $0 != .admin } ?? false
            if losesAdmin, try UserTable.otherAdmins(than: name, in: &transaction) == 0 {
                throw APIError(.conflict, "Somebody must remain who can manage users.")
            }
            guard
                let user = try UserTable.change(name, role: role, disabled: disabled, passwordHash: hash, in: &transaction)
            else { throw APIError.notFound("user") }
            try transaction.commit(audited: entry)
            return user
        }
        return Answer.value { user.write(to: &$0) }
    }

    private static func change(_ role: Role?, _ disabled: Bool?, hasPassword: Bool) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("role", role?.rawValue)
        writer.member("disabled", disabled)
        if hasPassword { writer.member("password", "changed") }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Sendable private func addToken(_ call: Call) async throws -> Answer {
        let caller = try call.actor()
        let body = try await call.object(["name", "role", "expiresInDays"])
        let name = try body.required("name", 1...64)
        guard let role = try body.inputChoice("role", Role.self) else { throw APIError.invalid("role", "role is missing.") }
        let days = try body.inputInteger("expiresInDays", 1...Self.maxTokenDays).map { Int($0) }
        let (id, secret) = (host.uuid(), host.secret())
        let entry = OperatorAudit.Entry(
            call,
            caller,
            action: "token.add",
            target: "token:\(id.text)",
            after: #"{"role":"\#(role.rawValue)"}"#
        )
        let token = try await pool.transaction { transaction in
            let token = try TokenTable.add(
                id: id,
                secret: secret,
                name: name,
                role: role,
                by: caller.name,
                days: days,
                in: &transaction
            )
            try transaction.commit(audited: entry)
            return token
        }
        return Answer.json(status: .created) { writer in
            writer.key("token")
            token.write(to: &writer)
            writer.member("secret", secret)
        }
    }

    @Sendable private func revokeToken(_ call: Call) async throws -> Answer {
        let id = try call.uuid()
        let entry = OperatorAudit.Entry(call, try call.actor(), action: "token.revoke", target: "token:\(id.text)")
        try await pool.transaction { transaction in
            guard try TokenTable.revoke(id, in: &transaction) else { throw APIError.notFound("token") }
            try transaction.commit(audited: entry)
        }
        return .noContent
    }
}

extension UserTable {
    /// Names that are safe in logs, addresses and command lines.
    package static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (1...64).contains(name.utf8.count) else { return false }
        func isWord(_ byte: UInt8) -> Bool {
            byte.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        return isWord(first) && name.utf8.allSatisfy { isWord($0) || "._@-".utf8.contains($0) }
    }
}

extension UserTable.User {
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", name)
        writer.member("role", role.rawValue)
        writer.member("disabled", isDisabled)
        writer.member("createdAt", createdAt)
        writer.nullable("lastSignInAt", lastSignInAt)
        writer.endObject()
    }
}

extension TokenTable.Token {
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id)
        writer.member("name", name)
        writer.member("role", role.rawValue)
        writer.member("createdBy", createdBy)
        writer.member("createdAt", createdAt)
        writer.nullable("expiresAt", expiresAt)
        writer.nullable("lastUsedAt", lastUsedAt)
        writer.endObject()
    }
}
