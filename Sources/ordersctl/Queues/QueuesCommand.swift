import ArgumentParser
import Orders
import Postgres
import Queues

/// Shows what the queues hold and do.
struct QueuesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queues",
        abstract: "Shows every queue: what waits, runs and died, since when, how fast, and whether it is paused.",
        discussion: """
            With --wait it first waits until nothing is left to do, for two seconds on end: an answer to one job is often the \
            reason for another. It exits with 1 when the time is not enough; dead letters, what is blocked behind them, and later \
            checks for a label of a booking that was given up, are not waited for.
            """
    )

    /// How long nothing must be left to do.
    private static let quiet: Duration = .seconds(2)

    @Flag(help: "Print JSON.")
    var json = false

    @Option(name: .customLong("queue"), help: "Only this queue; may be given several times.")
    var queues: [Queue] = []

    @Option(
        help: "Wait up to this many seconds until nothing is left to do but later checks for labels.",
        transform: Bounded.number(Bounded.seconds)
    )
    var wait = 0

    func run() async throws {
        let reports = try await DatabaseAccess.with { [wait, queues] database in
            try await Self.settled(database, queues, within: .seconds(wait))
        }
        Terminal.endProgress()
        if json {
            Terminal.showJSONArray(reports) { Self.write($1, to: &$0) }
        } else {
            let heading = ["QUEUE", "READY", "LATER", "RUNNING", "BLOCKED", "DEAD", "OLDEST", "PER MINUTE", "STATE"]
            Terminal.show(Terminal.table([heading] + reports.map(Self.cells)))
        }
        let left = reports.map(\.left).reduce(0, +)
        if wait > 0, left > 0 { throw CommandFailure("\(counted(left, "job is", "jobs are")) still left after \(wait) s.") }
    }

    /// The reports when nothing is left to do, or when the time is up.
    private static func settled(
        _ database: DatabaseAccess,
        _ queues: [Queue],
        within time: Duration
    ) async throws -> [QueueReport] {
        let end = ContinuousClock.now + time
        var quietSince: ContinuousClock.Instant?
        while true {
            let reports = try await database.pool.withConnection { try QueueReport.all(on: $0) }
                .filter { queues.isEmpty || queues.contains($0.queue) }
            let now = ContinuousClock.now
            quietSince = reports.allSatisfy { $0.left == 0 } ? quietSince ?? now : nil
            if now >= end || quietSince.map({ $0 + quiet <= now }) == true { return reports }
            Terminal.progress(
                "Left to do: "
                    + reports.map { "\($0.queue.rawValue) \($0.left) (\($0.finishedLastMinute)/min)" }.joined(separator: ", ")
            )
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private static func cells(_ report: QueueReport) -> [String] {
        var state = report.pause.map { "paused by \($0.by) \(Terminal.age($0.since)) ago" } ?? "running"
        if report.overdue > 0 { state += ", \(report.overdue) beyond their lease" }
        return [
            report.queue.rawValue, String(report.ready), String(report.scheduled), String(report.running),
            String(report.blocked), String(report.dead), report.oldestDue.map(Terminal.age) ?? "–",
            String(report.finishedLastMinute), state,
        ]
    }

    private static func write(_ report: QueueReport, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("queue", report.queue.rawValue)
        writer.member("ready", Int64(report.ready))
        writer.member("scheduled", Int64(report.scheduled))
        writer.member("running", Int64(report.running))
        writer.member("blocked", Int64(report.blocked))
        writer.member("dead", Int64(report.dead))
        writer.member("beyondLease", Int64(report.overdue))
        writer.member("oldestDueMilliseconds", report.oldestDue.map { $0 / .milliseconds(1) }.map { Int64($0) })
        writer.member("finishedLastMinute", Int64(report.finishedLastMinute))
        writer.member("paused", report.pause != nil)
        writer.member("pausedBy", report.pause?.by)
        writer.member("pausedForMilliseconds", report.pause.map { Int64($0.since / .milliseconds(1)) })
        writer.endObject()
    }
}
