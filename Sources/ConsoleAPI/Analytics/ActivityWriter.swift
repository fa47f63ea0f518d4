import Logging
import Postgres
import ServiceLifecycle

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
            while !Task.isCancelled {
                do {
                    let isBehind = try await work()
                    let hasMore = try await prune()
                    if isBehind || hasMore { continue }
                } catch  where Task.isCancelled {
                    return
                } catch {
                    logger.warning("The minutes could not be counted.", metadata: ["error": "\(error)"])
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

    /// Deletes what is older than the retention, oldest first; true when there is more. The newest change always stays: it
    /// says where the log is.
    func prune() async throws -> Bool {
        let hours = Int32(retentionHours)
        let deleted = try await pool.withConnection { connection in
            try connection.query(Self.delete, [.int4(hours), .int4(Self.pruned)]).affected
        }
        return deleted >= Int(Self.pruned)
    }

    /// Run by the console every five seconds. Stops before what the list of orders has not seen. Served by
    /// `order_changes_pkey`.
    private static let delete = Statement(
        "order_changes_prune",
        """
        DELETE FROM order_changes AS c USING (
            SELECT o.seq, o.changed_at FROM order_changes AS o ORDER BY o.seq LIMIT $2
        ) AS old
        WHERE c.seq = old.seq AND old.changed_at < now() - make_interval(hours => $1)
            AND old.seq < (SELECT max(seq) FROM order_changes)
            AND old.seq <= (SELECT seq FROM console_progress WHERE task = 'order_list')
        """
    )
}
