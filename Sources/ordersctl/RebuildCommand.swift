import ArgumentParser
import Orchestration

/// Makes the projections anew.
struct RebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Folds every order anew from the event store and shows what changed; sends nothing to anybody."
    )

    @Flag(help: "Only show what would change.")
    var dryRun = false

    func run() async throws {
        let report = try await DatabaseAccess.with(OrderRules.init(settings:)) { [dryRun] database, rules in
            let rebuild = Rebuild(pool: database.pool, statuses: try await database.statuses(), booking: rules.booking)
            return try await rebuild.run(dryRun: dryRun) { Terminal.progress("Folding orders: \($0)") }
        }
        Terminal.endProgress()
        for difference in report.differences {
            Terminal.show("order \(difference.order)\n  before  \(difference.before)\n  after   \(difference.after)")
        }
        let unnamed = report.differing - report.differences.count
        if unnamed > 0 { Terminal.show("… and \(unnamed) more") }
        if report.incomplete > 0 {
            Terminal.show("\(report.incomplete) orders left as they are: events of theirs were dropped with their months.")
        }
        if report.held > 0 {
            Terminal.show("\(report.held) orders \(dryRun ? "would be" : "are") held: an event of theirs cannot be read.")
        }
        let verb = dryRun ? "would change" : "changed"
        Terminal.show("\(report.orders) orders folded, \(report.differing) \(verb).")
    }
}
