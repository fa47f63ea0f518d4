import EventStore
import Logging
import Postgres
import ServiceLifecycle
import ServiceRuntime

/// Makes the partitions of the months to come. Every replica runs one; what is there already is left alone.
struct PartitionUpkeep: Service {
    /// How often it looks.
    static let interval: Duration = .seconds(6 * 3_600)
    /// How soon it tries again after a failure: each attempt makes others wait, and nothing is due for months.
    static let retry: Duration = .seconds(300)
    /// How soon it asks again for a connection.
    static let connectionWait: Duration = .seconds(5)

    let pool: PostgresPool
    let logger: Logger

    func run() async throws {
        var fault = RecurringFault()
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            var pause = Self.interval
            do {
                try await cancelWhenGracefulShutdown { try await pool.withConnection { try Migrator.ensurePartitions($0) } }
                fault.end()
            } catch  where Task.isShuttingDownGracefully {
                return
            } catch {
                fault.warn("The partitions of the months to come could not be made.", error, to: logger)
                // Without a connection nothing was attempted, and nobody has waited.
                let hasTried = (error as? PostgresError)?.code != .poolTimeout
                pause = hasTried ? Self.retry : Self.connectionWait
            }
            // Cancelled means that the loop ends.
            try? await cancelWhenGracefulShutdown { [pause] in try await Task.sleep(for: pause) }
        }
    }
}
