import EventStore
import Logging
import Orchestration
import Orders
import Postgres
import Queues
import ServiceRuntime

/// What a command that works on the database starts with.
struct DatabaseAccess: Sendable {
    let pool: PostgresPool
    let booking: BookingPolicy
    let queues: [Queue: QueueConfiguration]
    /// Whether orders have effects, as far as this command's own settings say.
    let isBookingOn: Bool

    /// Reads the settings, opens a small pool, runs the body and closes the pool.
    ///
    /// - Parameter patience: how long one statement may take; a check reads whole tables.
    static func with<R: Sendable>(
        patience: Duration = .seconds(600),
        _ body: @Sendable (DatabaseAccess) async throws -> R
    ) async throws -> R {
        var settings = SettingsReader.ofProcess()
        let service = ServiceConfiguration(settings: &settings, adminPort: 4_001)
        let database = DatabaseSettings(settings: &settings)
        let orchestrator = OrchestratorConfiguration(settings: &settings, defaultName: "ordersctl")
        try settings.finish()
        ServiceProcess.bootstrap(configuration: service)

        var configuration = try PostgresConfiguration(url: database.url)
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
            return try await body(
                DatabaseAccess(
                    pool: pool,
                    booking: orchestrator.booking,
                    queues: orchestrator.queues,
                    isBookingOn: orchestrator.effects.isOn
                )
            )
        }
    }

    /// The courier status map with what operators added.
    func statuses() async throws -> CourierStatusMap {
        CourierStatusMap.standard.adding(try await pool.withConnection { try CourierStatusTable.all(on: $0) })
    }
}
