import ArgumentParser
import Orders
import Postgres
import Queues

/// Shows what the queues hold and do.
struct QueuesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queues",
        abstract: "Shows every queue: what waits, runs and died, since when, how fast, and whether it is paused."
    )

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let reports = try await DatabaseAccess.with { database in
            try await database.pool.withConnection { try QueueReport.all(on: $0) }
        }
        if json {
            Terminal.showJSON { writer in
                writer.beginArray()
                for report in reports { Self.write(report, to: &writer) }
                writer.endArray()
            }
        } else {
            let heading = ["QUEUE", "READY", "LATER", "RUNNING", "DEAD", "OLDEST", "PER MINUTE", "STATE"]
            Terminal.show(Terminal.table([heading] + reports.map(Self.cells)))
        }
    }

    private static func cells(_ report: QueueReport) -> [String] {
        var state = report.pause.map { "paused by \($0.by) \(Terminal.age($0.since)) ago" } ?? "running"
        if report.overdue > 0 { state += ", \(report.overdue) beyond their lease" }
        return [
            report.queue.rawValue, String(report.ready), String(report.scheduled), String(report.running), String(report.dead),
            report.oldestDue.map(Terminal.age) ?? "–", String(report.finishedLastMinute), state,
        ]
    }

    private static func write(_ report: QueueReport, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("queue", report.queue.rawValue)
        writer.member("ready", Int64(report.ready))
        writer.member("scheduled", Int64(report.scheduled))
        writer.member("running", Int64(report.running))
        writer.member("dead", Int64(report.dead))
        writer.member("beyondLease", Int64(report.overdue))
        writer.member("oldestDueMilliseconds", report.oldestDue.map { $0 / .milliseconds(1) }.map { Int64($0) })
        writer.member("finishedLastMinute", Int64(report.finishedLastMinute))
        writer.member("paused", report.pause != nil)
        writer.member("pausedBy", report.pause?.by)
        writer.endObject()
    }
}
