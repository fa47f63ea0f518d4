import Logging
import Postgres
import ServiceLifecycle
import ServiceRuntime

/// Makes the first user, so that somebody can sign in and make the others.
struct FirstUser: Service {
    static let name = "admin"
    private static let pause: Duration = .seconds(1)

    let pool: PostgresPool
    let hasher: PasswordHasher
    let password: String?
    let host: HostFacilities
    let logger: Logger
    /// Told a password that was made up.
    let announce: @Sendable (String) -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var fault = RecurringFault()
            while !Task.isCancelled {
                do {
                    try await makeFirst()
                    break
                } catch {
                    if Task.isCancelled { return }
                    // Most often the database, or its schema, is not there yet.
                    fault.warn("The first user could not be made yet.", error, to: logger)
                    try? await Task.sleep(for: Self.pause)
                }
            }
            // A service that ends would end the process.
            try? await gracefulShutdown()
        }
    }

    private func makeFirst() async throws {
        guard try await !pool.withConnection({ try UserTable.hasAny(on: $0) }) else { return }
        let chosen = password ?? String(host.secret().prefix(20))
        let hash = try await hasher.hash(chosen)
        guard try await pool.withConnection({ try UserTable.addFirst(Self.name, passwordHash: hash, on: $0) }) else { return }
        logger.notice("The first user was made.", metadata: ["user.name": "\(Self.name)"])
        if password == nil { announce(chosen) }
    }
}
