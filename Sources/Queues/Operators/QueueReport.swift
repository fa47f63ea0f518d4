package import Postgres

/// What a queue holds and does.
package struct QueueReport: Sendable, Equatable {
    package var queue: Queue
    /// Due, and waiting for a runner, for a turn or for an earlier job of the order.
    package var ready = 0
    /// Due later: delayed, or waiting for the next attempt.
    package var scheduled = 0
    /// Those of them that stand outside of the sequence of their order: checks for late labels, behind which nothing waits.
    package var checks = 0
    package var running = 0
    /// Set aside behind a dead letter of their order.
    package var blocked = 0
    package var dead = 0
    /// Running for longer than their lease.
    package var overdue = 0
    /// How long the oldest job that is due has been due.
    package var oldestDue: Duration?
    /// Jobs that ended within the last minute.
    package var finishedLastMinute = 0
    /// Who paused it and how long ago.
    package var pause: (by: String, since: Duration)?

    package init(_ queue: Queue) {
        self.queue = queue
    }

    /// Jobs that are neither done nor dead nor blocked, without checks that are not due yet.
    package var left: Int { ready + scheduled - checks + running }

    /// One report a queue, in the order of `Queue.allCases`.
    package static func all(on connection: isolated PostgresConnection) throws -> [QueueReport] {
        let results = try connection.pipeline([(selectJobs, []), (selectPauses, []), (selectFinished, [])])
        var reports: [Queue: QueueReport] = [:]
        for queue in Queue.allCases { reports[queue] = QueueReport(queue) }
        for row in results[0] {
            guard let queue = Queue(rawValue: try row.decode(0)) else { continue }
            reports[queue]?.ready = try row.decode(1)
            reports[queue]?.scheduled = try row.decode(2)
            reports[queue]?.running = try row.decode(3)
            reports[queue]?.dead = try row.decode(4)
            reports[queue]?.overdue = try row.decode(5)
            reports[queue]?.oldestDue = try row.decodeIfPresent(6, as: Int64.self).map { .milliseconds($0) }
            reports[queue]?.checks = try row.decode(7)
            reports[queue]?.blocked = try row.decode(8)
        }
        for row in results[1] {
            guard let queue = Queue(rawValue: try row.decode(0)) else { continue }
            reports[queue]?.pause = (try row.decode(1), .milliseconds(try row.decode(2, as: Int64.self)))
        }
        for row in results[2] {
            guard let queue = Queue(rawValue: try row.decode(0)) else { continue }
            reports[queue]?.finishedLastMinute = try row.decode(1)
        }
        return Queue.allCases.compactMap { reports[$0] }
    }

    package static func == (left: QueueReport, right: QueueReport) -> Bool {
        left.queue == right.queue && left.ready == right.ready && left.scheduled == right.scheduled
            && left.checks == right.checks && left.running == right.running && left.blocked == right.blocked
            && left.dead == right.dead && left.overdue == right.overdue
            && left.oldestDue == right.oldestDue && left.finishedLastMinute == right.finishedLastMinute
            && left.pause?.by == right.pause?.by && left.pause?.since == right.pause?.since
    }

    /// Run by every runner every second or two, for the metrics; by the console every two seconds for whoever looks at its overview or its
    /// queues; by `ordersctl queues` and `ordersctl pause`, five times a second while they wait. Reads the table of live jobs.
    private static let selectJobs = Statement(
        "queue_report_jobs",
        """
        SELECT queue,
            count(*) FILTER (WHERE state = 'ready' AND run_at <= now()), count(*) FILTER (WHERE state = 'ready' AND run_at > now()),
            count(*) FILTER (WHERE state = 'running'), count(*) FILTER (WHERE state = 'dead'),
            count(*) FILTER (WHERE state = 'running' AND lease_until < now()),
            (extract(epoch FROM now() - min(run_at) FILTER (WHERE state = 'ready' AND run_at <= now())) * 1000)::bigint,
            count(*) FILTER (WHERE state = 'ready' AND run_at > now() AND NOT sequenced), count(*) FILTER (WHERE state = 'blocked')
        FROM jobs
        GROUP BY queue
        """
    )

    /// With `selectJobs`. Reads the table, which has a row for each queue that was ever paused.
    private static let selectPauses = Statement(
        "queue_report_pauses",
        """
        SELECT queue, coalesce(paused_by, ''), (extract(epoch FROM now() - paused_at) * 1000)::bigint
        FROM queue_states
        WHERE paused_at IS NOT NULL
        """
    )

    /// With `selectJobs`. Served by `finished_jobs_finished_at_index`.
    private static let selectFinished = Statement(
        "queue_report_finished",
        "SELECT queue, count(*) FROM finished_jobs WHERE finished_at > now() - interval '1 minute' GROUP BY queue"
    )
}
