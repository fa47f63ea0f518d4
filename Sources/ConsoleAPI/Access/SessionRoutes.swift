import HTTPTypes
import Orders
import Postgres
import ServiceRuntime
import Synchronization

/// Signing in and out.
final class SessionRoutes: Sendable {
    private let pool: PostgresPool
    private let hasher: PasswordHasher
    private let configuration: ConsoleConfiguration
    private let host: HostFacilities
    private let limiter = Mutex(LoginLimiterStateMachine())

    init(pool: PostgresPool, hasher: PasswordHasher, configuration: ConsoleConfiguration, host: HostFacilities) {
        self.pool = pool
        self.hasher = hasher
        self.configuration = configuration
        self.host = host
    }

    var routes: [Route] {
        [
            Route(.post, "/api/session", .open, signIn),
            Route(.get, "/api/session", .role(.viewer)) { [configuration] call in
                Self.answer(try call.actor(), configuration.environment)
            },
            Route(.delete, "/api/session", .role(.viewer), parameters: ["everywhere"], signOut),
            Route(.put, "/api/session/password", .role(.viewer), changePassword),
        ]
    }

    private func signIn(_ call: Call) async throws -> Answer {
        let body = try await call.object(["name", "password"])
        let name = try body.required("name", 1...64)
        let password = try body.required("password", 1...256)
        try count(attempt: call, name: name)
        let found = try await pool.withConnection { try UserTable.find(name, on: $0) }
        let isRight = try await hasher.verify(password, stored: found?.1)
        guard isRight, let user = found?.0, !user.isDisabled else {
            let entry = Self.entry(call, name: name, role: nil, action: "session.refused")
            try await pool.transaction { try $0.commit(audited: entry) }
            throw APIError(.unauthenticated, "The name or the password is wrong.")
        }
        limiter.withLock { $0.succeeded(address: call.address, user: name) }
        let secret = host.secret()
        let hash = Digest(of: Array(secret.utf8)).bytes
        let hours = configuration.sessionHours
        let entry = Self.entry(call, name: user.name, role: user.role, action: "session.begin")
        let expiry = try await pool.transaction { transaction in
            let expiry = try SessionTable.begin(hash, user: user.name, hours: hours, in: &transaction)
            try transaction.commit(audited: entry)
            return expiry
        }
        let caller = Caller(name: user.name, role: user.role, proof: .session(hash: hash), expiresAt: expiry.microseconds)
        var answer = Self.answer(caller, configuration.environment)
        answer.headers[.setCookie] = Authenticator.setCookie(secret, isSecure: call.isSecure, maxAgeSeconds: hours * 3_600)
        return answer
    }

    private func signOut(_ call: Call) async throws -> Answer {
        let caller = try call.actor()
        guard case .session(let hash) = caller.proof else {
            throw APIError(.forbidden, "A token cannot sign out; revoke it.")
        }
        let everywhere = try call.query.flag("everywhere") ?? false
        let action = everywhere ? "session.end-all" : "session.end"
        let entry = Self.entry(call, name: caller.name, role: caller.role, action: action)
        try await pool.transaction { transaction in
            if everywhere { try SessionTable.endAll(of: caller.name, in: &transaction) }
            try SessionTable.end(hash, in: &transaction)
            try transaction.commit(audited: entry)
        }
        var answer = Answer.noContent
        answer.headers[.setCookie] = Authenticator.setCookie("", isSecure: call.isSecure, maxAgeSeconds: 0)
        return answer
    }

    private func changePassword(_ call: Call) async throws -> Answer {
        let caller = try call.actor()
        guard case .session(let session) = caller.proof else {
            throw APIError(.forbidden, "A token has no password.")
        }
        let body = try await call.object(["current", "new"])
        let current = try body.required("current", 0...256)
        let new = try body.required("new", PasswordHasher.passwordLength)
        try count(attempt: call, name: caller.name)
        let found = try await pool.withConnection { try UserTable.find(caller.name, on: $0) }
        guard try await hasher.verify(current, stored: found?.1) else {
            throw APIError(.forbidden, "The current password is wrong.", field: "current")
        }
        limiter.withLock { $0.succeeded(address: call.address, user: caller.name) }
        let hash = try await hasher.hash(new)
        let entry = OperatorAudit.Entry(call, caller, action: "user.password", target: caller.name)
        try await pool.transaction { transaction in
            _ = try UserTable.change(caller.name, passwordHash: hash, keeping: session, in: &transaction)
            try transaction.commit(audited: entry)
        }
        return .noContent
    }

    private func count(attempt call: Call, name: String) throws {
        let now = host.now()
        let verdict = limiter.withLock { $0.attempt(address: call.address, user: name, now: now) }
        guard case .refused(let seconds) = verdict else { return }
        var error = APIError(.tooManyRequests, "There were too many attempts to sign in; wait \(counted(seconds, "second")).")
        error.headers[.retryAfter] = String(seconds)
        throw error
    }

    private static func entry(_ call: Call, name: String, role: Role?, action: String) -> OperatorAudit.Entry {
        OperatorAudit.Entry(
            actor: name,
            role: role,
            action: action,
            target: name,
            requestID: call.requestID,
            address: call.address
        )
    }

    private static func answer(_ caller: Caller, _ environment: AppEnvironment) -> Answer {
        Answer.json { writer in
            writer.object("user") { writer in
                writer.member("name", caller.name)
                writer.member("role", caller.role.rawValue)
                writer.member("kind", caller.isPerson ? "user" : "token")
            }
            writer.member("environment", environment.rawValue)
            writer.nullable("expiresAt", caller.expiresAt.map(PostgresTimestamp.init(microseconds:)))
        }
    }
}
