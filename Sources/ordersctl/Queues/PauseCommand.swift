import ArgumentParser
import ConsoleAPI
import Orders
import Postgres
import Queues

/// Pauses a queue.
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pauses a queue: once this returns nothing of it is claimed; what runs already is finished."
    )

    @Argument(help: "The queue.")
    var queue: Queue

    @Option(help: "Who pauses it, for others to see.")
    var by: String = TerminalUser.name

    @Option(
        help: "Wait up to this many seconds until nothing of it runs any more; fail when something still does.",
        transform: Bounded.number(Bounded.seconds)
    )
    var wait: Int = 0

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let running = try await DatabaseAccess.with { [queue, by, wait] database in
            let after = Terminal.json { writer in
                writer.beginObject()
                writer.member("by", by)
                writer.endObject()
            }
            try await database.pool.transaction { transaction in
                guard try QueuePause.pause(queue, by: by, in: &transaction) else { return }
                try transaction.commit(
                    audited: .byCommand("queue.pause", target: "queue:\(queue.rawValue)", after: after)
                )
            }
            return try await Self.settle(queue, database, seconds: wait)
        }
        if json {
            Terminal.showJSON { writer in
                writer.beginObject()
                writer.member("queue", queue.rawValue)
                writer.member("paused", true)
                writer.member("running", Int64(running))
                writer.endObject()
            }
        } else {
            Terminal.show("\(queue.rawValue) is paused; \(counted(running, "job still runs", "jobs still run")).")
        }
        if wait > 0, running > 0 { throw ExitCode.failure }
    }

    /// Waits for what runs; returns how many jobs are left.
    private static func settle(_ queue: Queue, _ database: DatabaseAccess, seconds: Int) async throws -> Int {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let report = try await database.pool.withConnection { connection in
                try QueueReport.all(on: connection).first { $0.queue == queue }
            }
            let running = report?.running ?? 0
            if running == 0 || ContinuousClock.now >= deadline { return running }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}

/// Lets a queue go on.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Lets a paused queue go on.")

    @Argument(help: "The queue.")
    var queue: Queue

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let wasPaused = try await DatabaseAccess.with { [queue] database in
            try await database.pool.transaction { transaction in
                guard try QueuePause.resume(queue, in: &transaction) else { return false }
                try transaction.commit(audited: .byCommand("queue.resume", target: "queue:\(queue.rawValue)"))
                return true
            }
        }
        if json {
            Terminal.showJSON { writer in
                writer.beginObject()
                writer.member("queue", queue.rawValue)
                writer.member("paused", false)
                writer.member("wasPaused", wasPaused)
                writer.endObject()
            }
        } else {
            Terminal.show(wasPaused ? "\(queue.rawValue) goes on." : "\(queue.rawValue) was not paused.")
        }
    }
}
