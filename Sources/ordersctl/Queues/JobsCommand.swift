import ArgumentParser
import Postgres
import Queues

/// Lists jobs.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Lists live jobs, oldest first, or ended ones, newest first."
    )

    @OptionGroup var filter: JobFilterOptions

    @Option(
        help: "Only jobs in this state: ready, scheduled, running, blocked, dead; with --finished done, cancelled, discarded."
    )
    var state: String?

    @Flag(help: "Jobs that have ended.")
    var finished = false

    @Option(help: "Most jobs to list. (default: 50)", transform: Bounded.number(Bounded.rows))
    var limit: Int32 = 50

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        let states = (finished ? JobView.State.ended : JobView.State.live).map(\.rawValue)
        guard let state, !states.contains(state) else { return }
        let jobs = finished ? "A job that has ended" : "Without --finished a job"
        throw ValidationError("\(jobs) is \(states.joined(separator: ", ")); “\(state)” is none of these.")
    }

    func run() async throws {
        // One more than is shown says whether there are more.
        let (meant, finished, limit) = (filter.jobs(in: state.flatMap(JobView.State.init)), finished, limit + 1)
        let jobs = try await DatabaseAccess.with { database in
            try await database.pool.withConnection { connection in
                finished
                    ? try JobView.finished(meant, limit: limit, on: connection)
                    : try JobView.live(meant, limit: limit, on: connection)
            }
        }
        let shown = Array(jobs.prefix(Int(self.limit)))
        guard !json else { return Terminal.showJSON(shown) }
        Terminal.show(shown)
        if jobs.count > shown.count { Terminal.show("… and more; --limit shows more of them.") }
    }
}
