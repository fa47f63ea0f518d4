import ArgumentParser
import ConsoleAPI
import EventStore
import FoundationEssentials
import Orders
import Postgres

/// What to do with events that could not be merged.
struct QuarantineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "Lists events that could not be merged, and has their orders tried again.",
        subcommands: [List.self, Retry.self],
        defaultSubcommand: List.self
    )

    /// Lists them, the longest held first.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists events that could not be merged, the longest held first, and why."
        )

        @Option(help: "Most events to list.", transform: Bounded.number(Bounded.rows))
        var limit: Int32 = 50

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let entries = try await DatabaseAccess.with { [limit] database in
                try await database.pool.withConnection { try Quarantine.list(limit: limit + 1, on: $0) }
            }
            let shown = entries.prefix(Int(limit))
            if json { return Terminal.showJSONArray(shown) { $1.write(to: &$0) } }
            guard !shown.isEmpty else { return Terminal.show("There are none.") }
            let rows = shown.map { entry in
                [
                    entry.subjectID.uuidString.lowercased(), entry.refID ?? "–", entry.event?.topic ?? "–",
                    Terminal.time(entry.since) ?? "–", entry.reason,
                ]
            }
            Terminal.show(Terminal.table([["ORDER", "REF", "TOPIC", "SINCE", "REASON"]] + rows))
            if entries.count > shown.count { Terminal.show("… and more") }
        }
    }

    /// Has them merged again.
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Has the failed events of orders merged again, and lets go of the orders.",
            discussion: """
                The relay of an orchestrator rings for them; what fails again is held again. One call takes the orders of the \
                \(Quarantine.maxEntries) events held longest.
                """
        )

        @Argument(help: "What “quarantine list” names under ORDER.", transform: UUID.fromArgument)
        var orders: [UUID] = []

        @Flag(help: "Every event that is held.")
        var all = false

        @Flag(help: "Only say how many events are meant.")
        var dryRun = false

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard orders.isEmpty == all else { throw ValidationError("Say which: orders, or --all.") }
        }

        func run() async throws {
            let (meant, dryRun) = (all ? nil : orders, dryRun)
            let (subjects, events) = try await DatabaseAccess.with { database in
                try await database.pool.withConnection { connection in
                    let entries = try Quarantine.list(of: meant, limit: Quarantine.maxEntries, on: connection)
                    let subjects = Set(entries.map(\.subjectID)).sorted()
                    if dryRun || subjects.isEmpty { return (subjects, entries.count { $0.event != nil }) }
                    let released = try connection.transaction { transaction in
                        let released = try Quarantine.release(subjects, in: &transaction)
                        try transaction.commit(audited: Self.entry(subjects, released: released))
                        return released
                    }
                    return (subjects, released)
                }
            }
            if json {
                Terminal.showJSON { writer in
                    writer.beginObject()
                    writer.member("released", Int64(events))
                    writer.member("orders", Int64(subjects.count))
                    writer.member("dryRun", dryRun)
                    writer.endObject()
                }
            } else {
                let verb = dryRun ? "would be merged again" : "will be merged again"
                Terminal.show("\(counted(events, "event")) of \(counted(subjects.count, "order")) \(verb).")
            }
            let missing = Set(orders).subtracting(subjects).count
            if missing > 0 { throw CommandFailure("Of \(counted(missing, "order")) nothing is in quarantine.") }
        }

        private static func entry(_ subjects: [UUID], released: Int) -> OperatorAudit.Entry {
            let before = Terminal.json { writer in
                writer.beginObject()
                writer.array("orders", subjects) { $0.string($1.uuidString.lowercased()) }
                writer.endObject()
            }
            return .byCommand(
                "order.retry",
                target: subjects.count == 1 ? "order:\(subjects[0].uuidString.lowercased())" : "orders",
                before: subjects.count == 1 ? nil : before,
                after: #"{"released":\#(released)}"#
            )
        }
    }
}

extension Quarantine.Entry {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("orderId", subjectID.uuidString.lowercased())
        writer.member("refId", refID)
        writer.member("eventId", event?.id.uuidString.lowercased())
        writer.member("topic", event?.topic)
        writer.member("since", Terminal.time(since))
        writer.member("reason", reason)
        writer.endObject()
    }
}
