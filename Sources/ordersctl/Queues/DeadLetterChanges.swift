import ArgumentParser
import ConsoleAPI
import FoundationEssentials
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

    var meant: DeadLetters.Filter { filter.letters(ids: ids.isEmpty ? nil : ids) }

    /// Counts or changes, and says so. All of a change is one transaction, and the record of who made it is part of it: a rate says
    /// when jobs come due, not when they are changed.
    func change(
        _ verb: String,
        action: String,
        reason: String? = nil,
        refuse: @escaping @Sendable (DeadLetters.Filter, inout Postgres.Transaction) throws -> Void = { _, _ in },
        _ change: @escaping @Sendable (DeadLetters.Filter, inout Postgres.Transaction) throws -> Int
    ) async throws {
        let (meant, dryRun, target) = (meant, dryRun, ids.count == 1 ? "job:\(ids[0])" : "jobs")
        let count = try await DatabaseAccess.with { database in
            if dryRun {
                try await database.pool.transaction { try refuse(meant, &$0) }
                return try await database.pool.withConnection { try DeadLetters.count(meant, on: $0) }
            }
            return try await database.pool.transaction { transaction in
                let count = try change(meant, &transaction)
                guard count > 0 else { return 0 }
                let entry = OperatorAudit.Entry.byCommand(
                    action,
                    target: target,
                    before: Terminal.json { Self.write(meant, to: &$0) },
                    after: #"{"changed":\#(count)}"#,
                    reason: reason
                )
                try transaction.commit(audited: entry)
                return count
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
            Terminal.show("\(counted(count, "dead letter")) \(dryRun ? "would be " : "")\(verb).")
        }
        if !dryRun, count == Int(DeadLetters.maxChanged) {
            throw CommandFailure("At most \(count) are changed at once, and there may be more: run it again.")
        }
        let missing = Set(ids).count - count
        if missing > 0 { throw CommandFailure("\(counted(missing, "id belongs", "ids belong")) to no dead letter that matches.") }
    }

    /// As the console keeps its filters.
    private static func write(_ filter: DeadLetters.Filter, to writer: inout JSONWriter) {
        writer.beginObject()
        if let ids = filter.ids { writer.array("ids", ids) { $0.string(String($1)) } }
        writer.member("queue", filter.queue?.rawValue)
        writer.member("orderId", filter.orderID?.uuidString.lowercased())
        writer.member("shop", filter.shop)
        writer.member("error", filter.error)
        writer.endObject()
    }
}

extension DeadLettersCommand {
    /// Gives them fresh attempts.
    struct Requeue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives dead letters fresh attempts, oldest first, at a rate the other side can bear."
        )

        @OptionGroup var selection: DeadLetterSelection

        @Option(help: "Most of them that come due in a second.", transform: Bounded.number(1...100_000))
        var rate: Int = 50

        func run() async throws {
            try await selection.change("requeued", action: "dead-letters.requeue") { [rate] meant, transaction in
                try DeadLetters.requeue(meant, ratePerSecond: rate, in: &transaction)
            }
        }
    }

    /// Ends them for good.
    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends dead letters for good: what they wanted does not happen, and their orders' next jobs go on.",
            discussion: """
                The letters of bookings that are not over, and of cancellations and returns that are still wanted, are refused, \
                and all that were named with them: requeue those, or cancel or hold the order of a parked booking.
                """
        )

        @OptionGroup var selection: DeadLetterSelection

        @Option(help: "Why, for those who look later.")
        var reason: String = "discarded by an operator"

        func run() async throws {
            try await selection.change(
                "discarded",
                action: "dead-letters.discard",
                reason: reason,
                refuse: { try DeadLetters.refuseOpen($0, in: &$1) },
                { [reason] in try DeadLetters.discard($0, reason: reason, in: &$1) }
            )
        }
    }
}
