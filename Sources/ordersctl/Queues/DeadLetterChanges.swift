import ArgumentParser
import Orders
import Postgres
import Queues

/// Which dead letters a change means: some by their ids, all that match, or all.
struct DeadLetterSelection: ParsableArguments {
    @Argument(help: "Ids of dead letters; without them all that match the options.")
    var ids: [Int64] = []

    @OptionGroup var filter: JobFilterOptions

    @Flag(help: "Every dead letter of every queue.")
    var all = false

    @Flag(help: "Only say how many are meant.")
    var dryRun = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard ids.isEmpty, filter.isEmpty, !all else { return }
        throw ValidationError("Say which dead letters: ids, options, or --all.")
    }

    var meant: JobView.Filter { filter.filter(ids: ids.isEmpty ? nil : ids, state: "dead") }

    /// Counts or changes, and says so.
    func change(
        _ verb: String,
        _ change: @escaping @Sendable (JobView.Filter, isolated PostgresConnection) throws -> Int
    ) async throws {
        let (meant, dryRun) = (meant, dryRun)
        let count = try await DatabaseAccess.with { database in
            try await database.pool.withConnection { connection in
                dryRun ? try DeadLetters.count(meant, on: connection) : try change(meant, connection)
            }
        }
        if json {
            Terminal.showJSON { writer in
                writer.beginObject()
                writer.member(verb, Int64(count))
                writer.member("dryRun", dryRun)
                writer.endObject()
            }
        } else {
            Terminal.show("\(count) dead letter(s) \(dryRun ? "would be " : "")\(verb).")
        }
        let missing = Set(ids).count - count
        if missing > 0 { throw CommandFailure("\(missing) id(s) belong to no dead letter that matches.") }
    }
}

extension DeadLettersCommand {
    /// Gives them fresh attempts.
    struct Requeue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives dead letters fresh attempts, oldest first, at a rate the other side can bear."
        )

        @OptionGroup var selection: DeadLetterSelection

        @Option(help: "Most of them that come due in a second.")
        var rate: Int = 50

        func validate() throws {
            guard (1...100_000).contains(rate) else { throw ValidationError("--rate is from 1 to 100000.") }
        }

        func run() async throws {
            try await selection.change("requeued") { [rate] meant, connection in
                try DeadLetters.requeue(meant, ratePerSecond: rate, on: connection)
            }
        }
    }

    /// Ends them for good.
    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends dead letters for good: what they wanted does not happen, and their orders' next jobs go on."
        )

        @OptionGroup var selection: DeadLetterSelection

        @Option(help: "Why, for those who look later.")
        var reason: String = "discarded by an operator"

        func run() async throws {
            try await selection.change("discarded") { [reason] meant, connection in
                try DeadLetters.discard(meant, reason: reason, on: connection)
            }
        }
    }
}
