import ArgumentParser
import Postgres
import Queues

/// What to do with jobs that were given up on.
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Lists, groups, shows, requeues and discards jobs that were given up on.",
        subcommands: [List.self, Groups.self, Show.self, Requeue.self, Discard.self],
        defaultSubcommand: List.self
    )

    /// Lists them, oldest first.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists dead letters, oldest first.")

        @OptionGroup var filter: JobFilterOptions

        @Option(help: "Most dead letters to list. (default: 50)", transform: Bounded.number(Bounded.rows))
        var limit: Int32 = 50

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let (meant, limit) = (filter.letters(), limit)
            let (jobs, count) = try await DatabaseAccess.with { database in
                try await database.pool.withConnection { connection in
                    (try DeadLetters.page(meant, limit: limit, on: connection), try DeadLetters.count(meant, on: connection))
                }
            }
            guard !json else { return Terminal.showJSON(jobs) }
            Terminal.show(jobs)
            if count > jobs.count { Terminal.show("… and \(count - jobs.count) more") }
        }
    }

    /// Counts them by what went wrong.
    struct Groups: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Counts dead letters by their cause, the largest group first, with the oldest of each to look at."
        )

        @OptionGroup var filter: JobFilterOptions

        @Option(help: "Most groups to list. (default: 50)", transform: Bounded.number(Bounded.rows))
        var limit: Int32 = 50

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let (meant, limit) = (filter.letters(), limit)
            let groups = try await DatabaseAccess.with { database in
                try await database.pool.withConnection { try DeadLetters.groups(meant, limit: limit, on: $0) }
            }
            json ? Terminal.showJSON(groups) : Terminal.show(groups)
        }
    }

    /// Shows one with its input and the last answer.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows a dead letter with its input and the last answer.")

        @Argument(help: "The id of the job.")
        var id: Int64

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let meant = DeadLetters.Filter(ids: [id])
            let jobs = try await DatabaseAccess.with { database in
                try await database.pool.withConnection { try DeadLetters.page(meant, limit: 1, on: $0) }
            }
            guard let job = jobs.first else { throw CommandFailure("There is no dead letter \(id).") }
            json ? Terminal.showJSON(jobs) : Terminal.showDetails(job)
        }
    }
}
