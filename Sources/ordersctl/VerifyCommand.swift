import ArgumentParser
import EventStore
import Orchestration
import Postgres

/// Checks the invariants on the live database.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks the invariants I1–I8 on the live database.",
        discussion: """
            Exits with 1 when one is broken and names the offending events or orders. Events that still wait to be merged \
            break nothing; --wait gives the orchestrators time to finish first.
            """
    )

    @Option(help: "Wait up to this many seconds until no event waits to be merged; fail when some still do.")
    var wait: Int = 0

    func run() async throws {
        let (findings, unapplied) = try await DatabaseAccess.with { [wait] database in
            let unapplied = try await Self.settle(database, seconds: wait)
            Self.report(try await database.pool.withConnection { try StoreInvariants.counts(on: $0) })
            let verification = Verification(
                pool: database.pool,
                statuses: try await database.statuses(),
                queues: database.queues
            )
            return (try await verification.run { Terminal.progress("Folding orders: \($0)") }, unapplied)
        }
        Terminal.endProgress()
        for finding in findings {
            Terminal.show("\(finding.holds ? "✓" : "✗") \(finding.invariant)  \(finding.promise)")
            for offender in finding.offenders { Terminal.show("       \(offender)") }
            if let unchecked = finding.unchecked { Terminal.show("       not checked: \(unchecked)") }
        }
        if unapplied > 0, wait > 0 {
            Terminal.show("✗ I1  \(unapplied) event(s) are still not merged after \(wait) s")
            throw ExitCode.failure
        }
        guard findings.allSatisfy(\.holds) else {
            Terminal.show("Verdict: broken.")
            throw ExitCode.failure
        }
        let isPartial = findings.contains { $0.unchecked != nil }
        Terminal.show("Verdict: every invariant holds\(isPartial ? " for what could be checked" : "").")
    }

    /// Waits for the orchestrators; returns how many events are left.
    private static func settle(_ database: DatabaseAccess, seconds: Int) async throws -> Int64 {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let left = try await database.pool.withConnection { try StoreInvariants.unapplied(on: $0) }
            if left == 0 || ContinuousClock.now >= deadline { return left }
            Terminal.progress("Waiting for the orchestrators: \(left) event(s) left")
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private static func report(_ counts: StoreInvariants.Counts) {
        Terminal.endProgress()
        let audits = counts.audits.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        Terminal.show("\(counts.events) events (\(audits.isEmpty ? "none audited" : audits)), \(counts.unapplied) waiting")
        Terminal.show("\(counts.duplicates) duplicate deliveries, \(counts.orders) orders")
    }
}
