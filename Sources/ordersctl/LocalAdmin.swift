import ConsoleAPI
import Postgres

/// The admin of the console on this machine.
enum LocalAdmin {
    private static let name = "admin"
    private static let passwordLength = 20

    /// Gives the local admin a password: the configured one, or a new one each time. Says how to sign in.
    static func prepare(password configured: String?, on database: DatabaseAccess) async throws -> String {
        let password = configured ?? String(ConsoleSecrets.secret().prefix(passwordLength))
        let hash = try await PasswordHasher(randomBytes: ConsoleSecrets.randomBytes).hash(password)
        try await database.pool.withConnection { try UserTable.put(name, role: .admin, passwordHash: hash, on: $0) }
        return configured == nil
            ? "sign in as \(name) with the password \(password)" : "sign in as \(name) with CONSOLE_ADMIN_PASSWORD"
    }
}

/// Randomness for what the commands make.
enum ConsoleSecrets {
    @Sendable static func randomBytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max) }
    }

    /// 256 random bits in hexadecimal.
    static func secret() -> String {
        randomBytes(32).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0\(digits)" : digits
        }.joined()
    }
}
