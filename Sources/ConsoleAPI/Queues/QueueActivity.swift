import Orders
import Postgres
import Queues
import Synchronization

/// A queue as its page shows it: what it holds now, and what it did within the last hour.
struct QueueOverview: Sendable {
    struct Minute: Sendable {
        var at: PostgresTimestamp
        var done: Int64
        var failed: Int64
    }

    var report: QueueReport
    var history: [Minute]
    var p95Milliseconds: Int64?

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", report.queue.rawValue)
        writer.member("state", report.pause == nil ? "running" : "paused")
        writer.nullable("pausedBy", report.pause?.by)
        writer.nullable("pausedForMs", report.pause.map { $0.since.wholeMilliseconds })
        writer.member("ready", Int64(report.ready))
        writer.member("scheduled", Int64(report.scheduled))
        writer.member("running", Int64(report.running))
        writer.member("blocked", Int64(report.blocked))
        writer.member("dead", Int64(report.dead))
        writer.member("beyondLease", Int64(report.overdue))
        writer.nullable("oldestDueMs", report.oldestDue.map(\.wholeMilliseconds))
        writer.member("finishedLastMinute", Int64(report.finishedLastMinute))
        writer.array("history", history) { writer, minute in
            writer.beginObject()
            writer.member("at", minute.at)
            writer.member("done", minute.done)
            writer.member("failed", minute.failed)
            writer.endObject()
        }
        writer.nullable("p95Ms", p95Milliseconds)
        writer.endObject()
    }
}

/// Reads the queues; the hour behind them is read at most every ten seconds, however many people look.
final class QueueActivity: Sendable {
    private static let keeping: Duration = .seconds(10)

    private struct Past: Sendable {
        var at: ContinuousClock.Instant
        var minutes: [String: [QueueOverview.Minute]]
        var p95: [String: Int64]
    }

    private let pool: PostgresPool
    private let past = Mutex<Past?>(nil)

    init(pool: PostgresPool) {
        self.pool = pool
    }

    /// One overview a queue.
    func all() async throws -> [QueueOverview] {
        let known = past.withLock { $0 }.flatMap { $0.at.duration(to: .now) < Self.keeping ? $0 : nil }
        let (reports, past) = try await pool.withConnection { connection in
            (try QueueReport.all(on: connection), try known ?? Self.readPast(on: connection))
        }
        self.past.withLock { $0 = past }
        return reports.map { report in
            QueueOverview(
                report: report,
                history: past.minutes[report.queue.rawValue] ?? [],
                p95Milliseconds: past.p95[report.queue.rawValue]
            )
        }
    }

    private static func readPast(on connection: isolated PostgresConnection) throws -> Past {
        var past = Past(at: .now, minutes: [:], p95: [:])
        let results = try connection.pipeline([
            (minutes, [.texts(Queue.allCases.map(\.rawValue))]), (percentiles, []),
        ])
        for row in results[0] {
            past.minutes[try row.decode(0), default: []].append(
                QueueOverview.Minute(at: try row.decode(1), done: try row.decode(2), failed: try row.decode(3))
            )
        }
        for row in results[1] { past.p95[try row.decode(0)] = try row.decodeIfPresent(1) }
        return past
    }

    /// Run at most every ten seconds. Served by `finished_jobs_finished_at_index`.
    private static let minutes = Statement(
        "queue_activity_minutes",
        """
        WITH ended AS (
            SELECT queue, date_trunc('minute', finished_at) AS minute,
                count(*) FILTER (WHERE outcome = 'done') AS done, count(*) FILTER (WHERE outcome <> 'done') AS failed
            FROM finished_jobs
            WHERE finished_at >= date_trunc('minute', now()) - interval '59 minutes'
            GROUP BY 1, 2
        )
        SELECT q.queue, m.minute, coalesce(e.done, 0), coalesce(e.failed, 0)
        FROM unnest($1::text[]) AS q (queue)
        CROSS JOIN generate_series(
            date_trunc('minute', now()) - interval '59 minutes', date_trunc('minute', now()), interval '1 minute') AS m (minute)
        LEFT JOIN ended AS e ON e.queue = q.queue AND e.minute = m.minute
        ORDER BY q.queue, m.minute
        """
    )

    /// With `minutes`.
    private static let percentiles = Statement(
        "queue_activity_percentiles",
        """
        SELECT queue,
            (percentile_disc(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - started_at)) * 1000)::bigint
        FROM finished_jobs
        WHERE finished_at >= now() - interval '1 hour' AND started_at IS NOT NULL AND outcome = 'done'
        GROUP BY queue
        """
    )
}

extension Duration {
    /// Rounded down.
    var wholeMilliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
