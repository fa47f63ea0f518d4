import Logging
import Postgres

/// Waits until nothing is left to be done: every event merged, every job ended, every parcel at its end.
struct Quiescence: Sendable {
    private static let interval = Duration.milliseconds(50)

    let stack: ChaosStack
    let limit: Duration
    let logger: Logger

    /// How long it took from now on; nil when the limit passed first.
    func wait(progress: @Sendable (Int) -> Void) async throws -> Duration? {
        let start = ContinuousClock.now
        let connection = try await PostgresConnection.connect(stack.database, logger: logger)
        var quiet = 0
        while start.duration(to: .now) < limit {
            let left = try await connection.run(Self.left) + (stack.sandbox?.report().pendingSteps ?? 0)
            progress(left)
            quiet = left == 0 ? quiet + 1 : 0
            // A job may end and, in its wake, make another: twice in a row is the end.
            if quiet == 2 {
                let duration = start.duration(to: .now)
                await connection.close()
                return duration
            }
            try await Task.sleep(for: Self.interval)
        }
        await connection.close()
        return nil
    }

    private static func left(on connection: isolated PostgresConnection) throws -> Int {
        try connection.query(leftovers)[0].decode(0)
    }

    /// Asked twenty times a second at the end of a proof; both tables are small then.
    private static let leftovers = Statement(
        "chaos_leftovers",
        "SELECT (SELECT count(*) FROM unapplied_events) + (SELECT count(*) FROM jobs WHERE state <> 'dead')"
    )
}
