import Logging
import Orders
import Postgres

/// Waits until everything accepted before a moment is merged, over a connection that no fault proxy is on.
struct RecoveryWatch: Sendable {
    /// Between two looks.
    private static let interval = Duration.milliseconds(20)

    let database: PostgresConfiguration
    let logger: Logger

    /// How long it took from now on; nil when the limit passed first.
    func wait(for moment: Instant, limit: Duration) async throws -> Duration? {
        let start = ContinuousClock.now
        var connection: PostgresConnection?
        while start.duration(to: .now) < limit {
            do {
                let open: PostgresConnection
                if let connection { open = connection } else { open = try await .connect(database, logger: logger) }
                connection = open
                if try await open.run({ try Self.waiting(since: moment, on: $0) }) == 0 {
                    let duration = start.duration(to: .now)
                    await open.close()
                    return duration
                }
            } catch is PostgresError {
                // PostgreSQL is away: nothing is merged either, and the next look takes a new connection.
                connection = nil
            }
            try await Task.sleep(for: Self.interval)
        }
        await connection?.close()
        return nil
    }

    private static func waiting(since moment: Instant, on connection: isolated PostgresConnection) throws -> Int {
        try connection.query(waiting, [.timestamptz(moment.microseconds)])[0].decode(0)
    }

    /// Asked fifty times a second after a fault; reads the small table of what waits.
    private static let waiting = Statement(
        "chaos_waiting_since",
        "SELECT count(*) FROM unapplied_events WHERE received_at <= $1"
    )
}
