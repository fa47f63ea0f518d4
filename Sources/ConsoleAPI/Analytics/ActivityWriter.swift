import EventStore
import Logging
import Postgres
import ServiceLifecycle
import ServiceRuntime

/// Counts what happened minute by minute, the running minute again and again, so that no chart reads events. It also lets go
/// of what the change log keeps no longer.
struct ActivityWriter: Service {
    private static let interval: Duration = .seconds(5)
    /// Longest span counted in one transaction, when the console was away.
    private static let span: Int64 = 60 * 60 * 1_000_000
    private static let minute: Int64 = 60 * 1_000_000
    /// Rows of the change log that go in one transaction.
    private static let pruned: Int32 = 10_000

    let pool: PostgresPool
    let retentionHours: Int
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var fault = RecurringFault()
            while !Task.isCancelled {
                do {
                    let isBehind = try await work()
                    let hasMore = try await prune()
                    fault.end()
                    if isBehind || hasMore { continue }
                } catch  where Task.isCancelled {
                    return
                } catch {
                    fault.warn("The minutes could not be counted.", error, to: logger)
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// One step; true when the present is not reached yet.
    func work() async throws -> Bool {
        try await pool.withConnection { connection in
            try connection.transaction { transaction in
                guard let row = try transaction.query(ActivityTable.lock).first else { return false }
                let now = try row.decode(1, as: PostgresTimestamp.self).microseconds
                let start =
                    try row.decodeIfPresent(0, as: PostgresTimestamp.self)
                    ?? transaction.query(ActivityTable.first)[0].decode(0)
                // The last minute was not over when it was counted, and the one before may have got a late commit.
                let from = (start.microseconds / Self.minute - 1) * Self.minute
                let to = min(from + Self.span, now)
                _ = try transaction.query(ActivityTable.write, [.timestamptz(from), .timestamptz(to)])
                _ = try transaction.commit(with: [(ActivityTable.advance, [.timestamptz(to)])])
                return to < now
            }
        }
    }

    /// One step; true when there is more.
    func prune() async throws -> Bool {
        let hours = Int32(retentionHours)
        let deleted = try await pool.withConnection { connection in
            try ChangeFeed.prune(olderThanHours: hours, limit: Self.pruned, on: connection)
        }
        return deleted >= Int(Self.pruned)
    }
}
