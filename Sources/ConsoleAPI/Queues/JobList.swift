import Orders
import Postgres
import Queues

/// Pages of the jobs of one queue.
enum JobList {
    struct Page: Sendable {
        var jobs: [JobView]
        var next: PageCursor?

        func answer(total: Int?) -> Answer {
            Answer.json { writer in
                writer.array("data", jobs) { $1.writeView(to: &$0) }
                writer.nullable("nextCursor", next?.text)
                writer.nullable("total", total.map { Int64($0) })
            }
        }
    }

    /// Jobs that may still start oldest first; those that were given up on or have ended newest first, by when that was.
    static func page(
        _ queue: Queue,
        _ state: JobView.State,
        after cursor: PageCursor?,
        limit: Int,
        on connection: isolated PostgresConnection
    ) throws -> Page {
        let place = try cursor.map { (time: try $0.time(0), id: try $0.integer(1)) }
        let bindings: [Binding] = [
            .text(queue.rawValue), .text(state.rawValue), .timestamptz(place?.time), .int8(place?.id), .int4(Int32(limit + 1)),
        ]
        let statement =
            switch state {
            case .ready, .scheduled, .running: selectLive
            case .blocked: selectBlocked
            case .dead: selectDead
            case .done, .cancelled, .discarded: selectEnded
            }
        let rows = try connection.query(statement, bindings)
        let jobs = try rows.prefix(limit).map(JobView.init(row:))
        guard rows.count > limit, let last = jobs.last else { return Page(jobs: jobs, next: nil) }
        let time = (last.finishedAt ?? last.runAt)?.microseconds ?? 0
        return Page(jobs: jobs, next: PageCursor([String(time), String(last.id)]))
    }

    /// Run by a queue's page. Reads the live jobs of one queue; served by `jobs_claim_index`.
    private static let selectLive = Statement(
        "job_list_live",
        """
        SELECT \(JobView.liveColumns)
        FROM jobs AS j
        WHERE j.queue = $1 AND j.state IN ('ready', 'running') AND \(JobView.liveState) = $2
            AND ($3::timestamptz IS NULL OR (j.run_at, j.id) > ($3, $4::bigint))
        ORDER BY j.run_at, j.id
        LIMIT $5
        """
    )

    /// Run by a queue's page. Reads and sorts the blocked jobs of one queue; served by `jobs_blocked_index`.
    private static let selectBlocked = Statement(
        "job_list_blocked",
        """
        SELECT \(JobView.liveColumns)
        FROM jobs AS j
        WHERE j.queue = $1 AND j.state = 'blocked' AND j.state = $2
            AND ($3::timestamptz IS NULL OR (j.run_at, j.id) > ($3, $4::bigint))
        ORDER BY j.run_at, j.id
        LIMIT $5
        """
    )

    /// Run by a queue's page. Reads and sorts the dead jobs of one queue; served by `jobs_dead_index`.
    private static let selectDead = Statement(
        "job_list_dead",
        """
        SELECT \(JobView.liveColumns)
        FROM jobs AS j
        WHERE j.queue = $1 AND j.state = 'dead' AND j.state = $2
            AND ($3::timestamptz IS NULL OR (j.updated_at, j.id) < ($3, $4::bigint))
        ORDER BY j.updated_at DESC, j.id DESC
        LIMIT $5
        """
    )

    /// Run by a queue's page; looks back thirty days. Served by `finished_jobs_finished_at_index`.
    private static let selectEnded = Statement(
        "job_list_ended",
        """
        SELECT \(JobView.finishedColumns)
        FROM finished_jobs AS j
        WHERE j.queue = $1 AND j.outcome = $2 AND j.finished_at > now() - interval '30 days'
            AND ($3::timestamptz IS NULL OR (j.finished_at, j.id) < ($3, $4::bigint))
        ORDER BY j.finished_at DESC, j.id DESC
        LIMIT $5
        """
    )
}
