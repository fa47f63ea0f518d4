import ArgumentParser
import EventStore
import Orchestration
import Orders
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

    @Flag(help: "Print JSON.")
    var json = false

    @Option(
        help: "Wait up to this many seconds until no event waits to be merged; fail when some still do.",
        transform: Bounded.number(Bounded.seconds)
    )
    var wait: Int = 0

    /// What was found.
    private struct Report: Sendable {
        var counts: StoreInvariants.Counts
        var findings: [Verification.Finding]
        /// Events that were waited for in vain.
        var unmerged: Int64

        var holds: Bool { unmerged == 0 && findings.allSatisfy(\.holds) }
    }

    func run() async throws {
        let report = try await DatabaseAccess.with(OrderRules.init(settings:)) { [wait] database, rules in
            let unapplied = try await Self.settle(database, seconds: wait)
            let counts = try await database.pool.withConnection { try StoreInvariants.counts(on: $0) }
            let verification = Verification(pool: database.pool, booking: rules.booking, limits: rules.limits)
            let findings = try await verification.run { Terminal.progress("Folding orders: \($0)") }
            return Report(counts: counts, findings: findings, unmerged: wait > 0 ? unapplied : 0)
        }
        Terminal.endProgress()
        if json { Terminal.showJSON { Self.write(report, to: &$0) } } else { show(report) }
        guard report.holds else { throw ExitCode.failure }
    }

    private func show(_ report: Report) {
        let counts = report.counts
        let audits = counts.audits.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        Terminal.show(
            "\(counted(counts.events, "event")) (\(audits.isEmpty ? "none audited" : audits)), \(counts.unapplied) waiting"
        )
        Terminal.show(
            "\(counted(counts.duplicates, "duplicate delivery", "duplicate deliveries")), \(counted(counts.orders, "order"))"
        )
        for finding in report.findings {
            Terminal.show("\(finding.holds ? "✓" : "✗") \(finding.invariant)  \(finding.promise)")
            for offender in finding.offenders { Terminal.show("       \(offender)") }
            if let unchecked = finding.unchecked { Terminal.show("       not checked: \(unchecked)") }
        }
        if report.unmerged > 0 {
            return Terminal.show("✗ I1  \(counted(report.unmerged, "event is", "events are")) still not merged after \(wait) s")
        }
        guard report.holds else {
            return Terminal.show("Verdict: broken. What to do is in docs/runbook.md, “verify finds something”.")
        }
        let isPartial = report.findings.contains { $0.unchecked != nil }
        Terminal.show("Verdict: every invariant holds\(isPartial ? " for what could be checked" : "").")
    }

    private static func write(_ report: Report, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("holds", report.holds)
        writer.member("events", report.counts.events)
        writer.object("audits") { writer in
            for (status, count) in report.counts.audits.sorted(by: { $0.key < $1.key }) { writer.member(status, count) }
        }
        writer.member("waiting", report.counts.unapplied)
        writer.member("unmerged", report.unmerged)
        writer.member("duplicateDeliveries", report.counts.duplicates)
        writer.member("orders", report.counts.orders)
        writer.array("findings", report.findings) { writer, finding in
            writer.beginObject()
            writer.member("invariant", finding.invariant)
            writer.member("promise", finding.promise)
            writer.member("holds", finding.holds)
            writer.array("offenders", finding.offenders) { $0.string($1) }
            writer.member("unchecked", finding.unchecked)
            writer.endObject()
        }
        writer.endObject()
    }

    /// Waits for the orchestrators; returns how many events are left.
    private static func settle(_ database: DatabaseAccess, seconds: Int) async throws -> Int64 {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let left = try await database.pool.withConnection { try StoreInvariants.unapplied(on: $0) }
            if left == 0 || ContinuousClock.now >= deadline { return left }
            Terminal.progress("Waiting for the orchestrators: \(counted(left, "event")) left")
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}
