import Orders
import Postgres
import Queues

/// What goes wrong most: causes of dead letters and of events that could not be merged.
struct TopError: Sendable {
    var isDeadLetter: Bool
    var cause: String
    var queue: String?
    var count: Int64
    var lastAt: PostgresTimestamp

    static func read(limit: Int, on connection: isolated PostgresConnection) throws -> [TopError] {
        try connection.query(select, [.int4(Int32(limit))]).map { row in
            TopError(
                isDeadLetter: try row.decode(0),
                cause: try row.decode(1),
                queue: try row.decodeIfPresent(2),
                count: try row.decode(3),
                lastAt: try row.decode(4)
            )
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("kind", isDeadLetter ? "dead-letter" : "event")
        writer.member("cause", cause)
        writer.nullable("queue", queue)
        writer.member("count", count)
        writer.member("lastAt", lastAt)
        writer.endObject()
    }

    /// Run by the charts. Served by `jobs_dead_index` and `audit_log_attention_index`.
    private static let select = Statement(
        "top_error",
        """
        SELECT * FROM (
            SELECT true, \(DeadLetterGroup.cause), j.queue, count(*), max(j.updated_at)
            FROM jobs AS j WHERE j.state = 'dead' GROUP BY 2, 3
            UNION ALL
            SELECT false, regexp_replace(left(a.reason, 300), \(DeadLetterGroup.differing), '#', 'g'),
                NULL, count(*), max(a.applied_at)
            FROM (SELECT reason, applied_at FROM audit_log WHERE status = 'failed' ORDER BY applied_at DESC LIMIT 10000) AS a
            GROUP BY 2
        ) AS errors (is_dead_letter, cause, queue, count, last_at)
        ORDER BY count DESC, cause
        LIMIT $1
        """
    )
}
