import FoundationEssentials
import Orders
import Postgres
import Queues

/// Jobs as people and programs read them.
extension Terminal {
    /// One line a job.
    static func show(_ jobs: [JobView]) {
        guard !jobs.isEmpty else { return show("There are none.") }
        let heading = ["ID", "QUEUE", "STATE", "DUE OR ENDED", "ATTEMPT", "ORDER", "SHOP", "KEY", "LAST ERROR"]
        let rows = jobs.map { job in
            [
                String(job.id), job.queue, job.state.rawValue, dueOrEnded(job),
                job.maxAttempts.map { "\(job.attempt) of \($0)" } ?? String(job.attempt), job.orderID.uuidString.lowercased(),
                job.shop, job.key, job.lastError ?? "–",
            ]
        }
        show(table([heading] + rows))
    }

    /// Of a job that runs the end of its lease says neither.
    private static func dueOrEnded(_ job: JobView) -> String {
        job.state == .running ? "–" : second(job.finishedAt ?? job.runAt) ?? "–"
    }

    /// Everything about one dead letter.
    static func showDetails(_ job: JobView) {
        let rows = [
            ["job", String(job.id)], ["queue", job.queue], ["state", job.state.rawValue], ["key", job.key],
            ["order", job.orderID.uuidString.lowercased()], ["shop", job.shop],
            ["attempt", job.maxAttempts.map { "\(job.attempt) of \($0)" } ?? String(job.attempt)],
            ["created", time(job.createdAt) ?? "–"], ["given up on", time(job.finishedAt) ?? "–"],
            ["worker", job.worker ?? "–"], ["last error", job.lastError ?? "–"],
            ["input", String(decoding: job.input, as: UTF8.self)],
            ["last answer", job.lastAnswer.map { String(decoding: $0, as: UTF8.self) } ?? "–"],
        ]
        show(table(rows))
    }

    /// An array of jobs.
    static func showJSON(_ jobs: [JobView]) {
        showJSONArray(jobs) { write($1, to: &$0) }
    }

    /// One line a group.
    static func show(_ groups: [DeadLetterGroup]) {
        guard !groups.isEmpty else { return show("There are none.") }
        let heading = ["COUNT", "QUEUE", "SINCE", "LAST", "OLDEST ID", "CAUSE"]
        let rows = groups.map { group in
            [
                String(group.count), group.queue, time(group.firstAt) ?? "–", time(group.lastAt) ?? "–", String(group.sampleID),
                group.cause,
            ]
        }
        show(table([heading] + rows))
    }

    /// An array of groups.
    static func showJSON(_ groups: [DeadLetterGroup]) {
        showJSONArray(groups) { writer, group in
            writer.beginObject()
            writer.member("queue", group.queue)
            writer.member("cause", group.cause)
            writer.member("count", group.count)
            writer.member("firstAt", time(group.firstAt))
            writer.member("lastAt", time(group.lastAt))
            writer.member("sampleId", group.sampleID)
            writer.endObject()
        }
    }

    /// A length of time in its largest fitting unit.
    static func age(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        switch seconds {
        case ..<120: return "\(seconds) s"
        case ..<7_200: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3_600) h"
        default: return "\(seconds / 86_400) d"
        }
    }

    private static func second(_ timestamp: PostgresTimestamp?) -> String? {
        time(timestamp).map { $0.prefix(19) + "Z" }
    }

    private static func write(_ job: JobView, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", job.id)
        writer.member("queue", job.queue)
        writer.member("state", job.state.rawValue)
        writer.member("key", job.key)
        writer.member("orderId", job.orderID.uuidString.lowercased())
        writer.member("shop", job.shop)
        writer.member("attempt", Int64(job.attempt))
        writer.member("maxAttempts", job.maxAttempts.map { Int64($0) })
        writer.member("worker", job.worker)
        writer.member("lastError", job.lastError)
        writer.member("createdAt", time(job.createdAt))
        writer.member("runAt", time(job.runAt))
        writer.member("finishedAt", time(job.finishedAt))
        writer.member("input", String(decoding: job.input, as: UTF8.self))
        writer.member("lastAnswer", job.lastAnswer.map { String(decoding: $0, as: UTF8.self) })
        writer.endObject()
    }
}
