import EventStore
import Logging
import Orders
import Postgres
import ServiceRuntime

/// The database, as commands work on it.
struct DatabaseAccess: Sendable {
    /// How long one statement may take; a check reads whole tables.
    private static let patience: Duration = .seconds(600)

    let pool: PostgresPool

    /// Runs the body on the database that the settings name; throws when its schema is missing or older than this program.
    ///
    /// - Parameter migrates: whether the body brings the schema up to date, so that it may be missing.
    static func with<R: Sendable>(
        migrates: Bool = false,
        _ body: @Sendable (DatabaseAccess) async throws -> R
    ) async throws -> R {
        try await with(migrates: migrates, { _ in }, { database, _ in try await body(database) })
    }

    /// The same with what else the body wants to know from the settings.
    static func with<Wanted: Sendable, R: Sendable>(
        migrates: Bool = false,
        _ wanted: (inout SettingsReader) -> Wanted,
        _ body: @Sendable (DatabaseAccess, Wanted) async throws -> R
    ) async throws -> R {
        var settings = SettingsReader.ofProcess()
        let service = ServiceConfiguration(settings: &settings, adminPort: 4_001)
        let database = DatabaseSettings(settings: &settings, as: PostgresConfiguration.init(url:))
        let wanted = wanted(&settings)
        try settings.finish()
        ServiceProcess.bootstrap(configuration: service)
        return try await with(url: database.url) { database in
            if !migrates, let reason = try await database.pool.withConnection({ try Migrator.outdated($0) }) {
                throw CommandFailure("The database is not ready: \(reason).")
            }
            return try await body(database, wanted)
        }
    }

    /// Opens a small pool, runs the body and closes the pool.
    static func with<R: Sendable>(
        url: String,
        _ body: @Sendable (DatabaseAccess) async throws -> R
    ) async throws -> R {
        var configuration = try PostgresConfiguration(url: url)
        configuration.applicationName = "ordersctl"
        configuration.statementTimeout = patience
        configuration.responseTimeout = patience + .seconds(5)
        let pool = PostgresPool(
            configuration: configuration,
            size: 1,
            maxWaiters: 16,
            waitTimeout: .seconds(10),
            logger: Logger(label: "ordersctl")
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            defer { group.cancelAll() }
            return try await body(DatabaseAccess(pool: pool))
        }
    }

    /// The courier status map with what operators added.
    func statuses() async throws -> CourierStatusMap {
        CourierStatusMap.standard.adding(try await pool.withConnection { try CourierStatusTable.all(on: $0) })
    }
}
