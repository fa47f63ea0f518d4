import FoundationEssentials
import Logging
import Orders
import Postgres

/// Waits until everything accepted before a moment is merged, and jobs begun before it have ended or begun anew, over a connection that no fault proxy is on.
///
/// What is about a shop does not count: a redaction is written down first and enforced when the relay rings for it again, fault
/// or no fault.
struct RecoveryWatch: Sendable {
    /// Between two looks.
    private static let interval = Duration.milliseconds(20)

    let database: PostgresConfiguration
    /// Subjects of events that are about a shop.
    let shops: [UUID]
    let logger: Logger

    /// How long it took from now on; nil when the limit passed first.
    ///
    /// - Parameter withJobs: whether workers died, so that jobs were left to their leases.
    func wait(for moment: Instant, withJobs: Bool, limit: Duration) async throws -> Duration? {
        let start = ContinuousClock.now
        var connection: PostgresConnection?
        while start.duration(to: .now) < limit {
            do {
                let open: PostgresConnection
                if let connection { open = connection } else { open = try await .connect(database, logger: logger) }
                connection = open
                if try await open.run({ [shops] in try Self.waiting(since: moment, apartFrom: shops, withJobs, on: $0) }) == 0 {
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

    private static func waiting(
        since moment: Instant,
        apartFrom shops: [UUID],
        _ withJobs: Bool,
        on connection: isolated PostgresConnection
    ) throws -> Int {
        let since = Binding.timestamptz(moment.microseconds)
        let events: Int = try connection.query(waiting, [since, .uuids(shops)])[0].decode(0)
        return try withJobs ? events + connection.query(abandoned, [since])[0].decode(0) : events
    }

    /// Asked fifty times a second after a fault; reads the small table of what waits.
    private static let waiting = Statement(
        "chaos_waiting_since",
        "SELECT count(*) FROM unapplied_events WHERE received_at <= $1 AND subject_id <> ALL ($2::uuid[])"
    )
    /// Asked fifty times a second after the death of a worker; reads the small table of live jobs.
    private static let abandoned = Statement(
        "chaos_abandoned_since",
        "SELECT count(*) FROM jobs WHERE state = 'running' AND started_at <= $1"
    )
}
