import EventStore
import Logging
import Postgres
import ServiceLifecycle
import ServiceRuntime

/// Forgets answers that nobody will ask for again.
struct AnswerUpkeep: Service {
    /// How often it looks, and most answers of one look.
    private static let (interval, limit): (Duration, Int) = (.seconds(60), 10_000)

    let pool: PostgresPool
    let hours: Int
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var fault = RecurringFault()
            while true {
                do {
                    let hours = hours
                    let forgotten = try await pool.withConnection {
                        try StorefrontAnswerTable.forget(olderThanHours: hours, limit: Self.limit, on: $0)
                    }
                    fault.end()
                    if forgotten == Self.limit { continue }
                } catch {
                    try Task.checkCancellation()
                    fault.warn("Old answers could not be forgotten; the next look will.", error, to: logger)
                }
                // Replicas that started together do not stay together.
                try await Task.sleep(for: Self.interval * Double.random(in: 0.5...1))
            }
        }
    }
}
