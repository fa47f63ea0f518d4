import ArgumentParser
import ConsoleAPI
import EventStore
import Orchestration
import Orders
import Postgres

/// What couriers say that nobody has mapped.
struct StatusesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statuses",
        abstract: "Lists words of couriers that nobody has mapped, and maps them.",
        subcommands: [List.self, Map.self],
        defaultSubcommand: List.self
    )

    /// Lists them, the most frequent first.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists words of couriers and topics of shops that are not mapped, the most frequent first."
        )

        @Flag(help: "Print JSON, with an example of each.")
        var json = false

        func run() async throws {
            let inbox = try await DatabaseAccess.with { database in
                try await database.pool.withConnection { try UnmappedInbox.read(on: $0) }
            }
            if json { return Terminal.showJSONArray(inbox.groups) { $1.write(to: &$0) } }
            guard !inbox.groups.isEmpty else { return Terminal.show("There are none.") }
            let rows = inbox.groups.map { group in
                [
                    group.key.isStatus ? "status" : "topic", group.key.provider, group.key.status, group.key.detail ?? "–",
                    String(group.count), String(group.orders.count), Terminal.time(group.lastAt) ?? "–",
                ]
            }
            Terminal.show(Terminal.table([["KIND", "PROVIDER", "WORD", "DETAIL", "EVENTS", "ORDERS", "LAST"]] + rows))
            if !inbox.isComplete { Terminal.show("… of the newest \(UnmappedInbox.maxEvents) events") }
        }
    }

    /// Teaches one.
    struct Map: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says what a courier means by a word, and folds the orders anew that had it.",
            discussion: """
                Should it be cut short, the same command goes on with the rest. PROVIDER is who called (native for \
                /webhooks/courier), not the courier that carries the parcel.
                """
        )

        @Argument(help: "Who says it.")
        var provider: String

        @Argument(help: "The word.")
        var word: String

        @Argument(help: "What it means.")
        var meaning: CourierStatus

        @Option(help: "Only with this detail, for couriers that send a code and a detail.")
        var detail: String?

        @Flag(help: "Only say how many events and orders have the word.")
        var dryRun = false

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard (1...200).contains(word.count), detail.map({ (1...200).contains($0.count) }) ?? true else {
                throw ValidationError("A word, and a detail, has 1 to 200 characters.")
            }
            let known = CourierStatusMap.Mapping.providers
            guard known.contains(provider.lowercased()) else {
                throw ValidationError("“\(provider)” says no words of couriers; \(known.joined(separator: ", ")) do.")
            }
        }

        func run() async throws {
            let taught = CourierStatusMap.Mapping(
                provider: provider.lowercased(),
                status: word,
                detail: detail ?? "",
                normalised: meaning
            )
            let dryRun = dryRun
            let outcome = try await DatabaseAccess.with(OrderRules.init(settings:)) { database, rules in
                let refold = Refold(pool: database.pool, booking: rules.booking, effects: rules.effects)
                let mapping = StatusMapping(pool: database.pool) { try await refold.run($0) }
                if dryRun { return try await mapping.preview(taught) }
                let entry = OperatorAudit.Entry.byCommand("status.map", target: taught.auditTarget, after: taught.auditAfter)
                return try await mapping.teach(taught, audited: entry)
            }
            if json {
                return Terminal.showJSON { writer in
                    writer.beginObject()
                    writer.member("events", Int64(outcome.events))
                    writer.member("orders", Int64(outcome.orders))
                    writer.member("changed", Int64(outcome.changed))
                    writer.member("leftAlone", Int64(outcome.leftAlone.count))
                    writer.member("dryRun", dryRun)
                    writer.endObject()
                }
            }
            let had = "\(counted(outcome.events, "event")) of \(counted(outcome.orders, "order"))"
            Terminal.show(
                dryRun
                    ? "\(had) \(outcome.events == 1 ? "has" : "have") the word; what had it would be folded anew."
                    : "“\(word)” means \(meaning.rawValue) now; \(had) had it, and \(counted(outcome.changed, "order")) changed."
            )
            if !outcome.leftAlone.isEmpty {
                let stay = counted(
                    outcome.leftAlone.count,
                    "order stays as it is: events of it",
                    "orders stay as they are: events of theirs"
                )
                Terminal.show("\(stay) were dropped with their months.")
            }
        }
    }
}
