import ArgumentParser
import ConsoleAPI
import Orchestration
import Orders
import Postgres

/// Makes the projections anew.
struct RebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Folds every order anew from the event store and shows what changed; sends nothing to anybody."
    )

    @Flag(help: "Only show what would change.")
    var dryRun = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let report = try await DatabaseAccess.with(OrderRules.init(settings:)) { [dryRun] database, rules in
            let rebuild = Rebuild(pool: database.pool, booking: rules.booking)
            // Before its many transactions: what is cut short has been written down as well.
            if !dryRun {
                try await database.pool.transaction { try $0.commit(audited: .byCommand("orders.rebuild", target: "orders")) }
            }
            return try await rebuild.run(dryRun: dryRun) { Terminal.progress("Folding orders: \($0)") }
        }
        Terminal.endProgress()
        if json { Terminal.showJSON { write(report, to: &$0) } } else { show(report) }
    }

    private func write(_ report: Rebuild.Report, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("dryRun", dryRun)
        writer.member("orders", Int64(report.orders))
        writer.member("differing", Int64(report.differing))
        writer.member("incomplete", Int64(report.incomplete))
        writer.member("held", Int64(report.held))
        writer.array("differences", report.differences) { writer, difference in
            writer.beginObject()
            writer.member("orderId", "\(difference.order)")
            writer.key("before")
            writer.raw(difference.before.utf8)
            writer.key("after")
            writer.raw(difference.after.utf8)
            writer.endObject()
        }
        writer.endObject()
    }

    /// The members that differ: name, value before, value after. A row has many, and few of them change.
    private static func changes(_ difference: Rebuild.Difference) -> [[String]] {
        func members(_ row: String) -> [String: String] {
            guard let root = try? JSONDocument(parsing: Array(row.utf8)).root else { return ["row": row] }
            return Dictionary(root.members.map { ($0.key, String(decoding: $0.value.rawBytes, as: UTF8.self)) }) { $1 }
        }
        let (before, after) = (members(difference.before), members(difference.after))
        let names = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
        return names.map { [$0, before[$0] ?? "–", "→ \(after[$0] ?? "–")"] }
    }

    private func show(_ report: Rebuild.Report) {
        for difference in report.differences {
            Terminal.show("order \(difference.order)\n\(Terminal.table(Self.changes(difference)))")
        }
        let unnamed = report.differing - report.differences.count
        if unnamed > 0 { Terminal.show("… and \(unnamed) more") }
        if report.incomplete > 0 {
            let left = counted(
                report.incomplete,
                "order left as it is: events of it",
                "orders left as they are: events of theirs"
            )
            Terminal.show("\(left) were dropped with their months.")
        }
        if report.held > 0 {
            let (one, many) = dryRun ? ("would be", "would be") : ("is", "are")
            let held = counted(report.held, "order \(one) held: an event of it", "orders \(many) held: an event of theirs")
            Terminal.show("\(held) cannot be read.")
        }
        let verb = dryRun ? "would change" : "changed"
        Terminal.show("\(counted(report.orders, "order")) folded, \(report.differing) \(verb).")
    }
}
