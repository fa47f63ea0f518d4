import EventStore
import FoundationEssentials
package import Logging
import Orders
package import Postgres

/// Sends deliveries, waits until they are merged, and reads what became of them.
package struct ScenarioRun: Sendable {
    /// Everything known after a run.
    package struct Outcome: Sendable {
        package var load: LoadResult
        /// From the first request to the last merge; nil when something was still waiting at the deadline.
        package var consistentAfter: Duration?
        package var check: DeliveryCheck
        /// What the database held about the same subjects before.
        package var before: ObservedDelivery
        package var wasInterrupted: Bool
    }

    /// Why a run does not begin.
    package struct Refusal: Error, CustomStringConvertible {
        package let description: String

        package init(_ description: String) {
            self.description = description
        }
    }

    package var load: HTTPLoad
    package var database: PostgresConfiguration
    package var console: Console
    /// How long the orchestrators may take after the last answer.
    package var deadline: Duration
    private let logger: Logger

    package init(load: HTTPLoad, database: PostgresConfiguration, console: Console, deadline: Duration, logger: Logger) {
        self.load = load
        self.database = database
        self.database.applicationName = "chaos"
        self.console = console
        self.deadline = deadline
        self.logger = logger
    }

    /// Runs all of it; `refuse` may look at what is there already and say why the run must not begin.
    package func run(
        _ deliveries: [Delivery],
        refuse: @Sendable (ObservedDelivery) -> String? = { _ in nil }
    ) async throws -> Outcome {
        let subjects = Set(deliveries.flatMap { $0.events.map(\.subject.uuid) }).sorted()
        let connection = try await PostgresConnection.connect(database, logger: logger)
        if let fault = try await connection.run({ try Migrator.outdated($0) }) {
            throw Refusal("The database is not ready: \(fault).")
        }
        let before = try await connection.run { try ObservedDelivery(of: subjects, on: $0) }
        if let reason = refuse(before) { throw Refusal(reason) }

        let start = ContinuousClock.now
        let (result, wasInterrupted) = try await Interruptible.run {
            try await load.run(deliveries.map(\.request), progress: console.progress("Sending", total: deliveries.count))
        }
        console.endProgress()
        let consistentAfter = try await settle(subjects, of: result, since: start, connection)
        console.endProgress()
        let observed = try await connection.run { try ObservedDelivery(of: subjects, on: $0) }
        let expected = try ExpectedDelivery(
            deliveries,
            result.outcomes,
            known: Set(before.stored.keys),
            aftermath: observed.aftermath
        )
        await connection.close()

        var check = DeliveryCheck(expected: expected, observed: observed)
        check.earlierDuplicates = before.duplicateDeliveries
        check.hadRetries = result.retries > 0 || result.connectionErrors > 0
        return Outcome(
            load: result,
            consistentAfter: consistentAfter,
            check: check,
            before: before,
            wasInterrupted: wasInterrupted
        )
    }

    /// Waits for what was accepted, also after Ctrl-C ended the sending; a second one ends the wait.
    private func settle(
        _ subjects: [UUID],
        of result: LoadResult,
        since start: ContinuousClock.Instant,
        _ connection: PostgresConnection
    ) async throws -> Duration? {
        guard result.successes > 0 else { return nil }
        let total = result.successes
        let progress = console.progress("Merging", total: total)
        let settling = Settling(subjects: subjects, deadline: deadline)
        return try await Interruptible.run {
            try await settling.wait(since: start, on: connection) { progress(max(0, total - $0)) }
        }.value
    }
}

extension ScenarioRun.Outcome {
    /// What was sent, how it was answered and how long it took, as lines of text.
    package var summary: String {
        let statuses = load.statusCounts.sorted { $0.key < $1.key }.map { "\($0.key) × \($0.value)" }.joined(separator: ", ")
        var lines = [
            "\(load.latencies.count) answers in \(Figures.duration(load.duration)), "
                + "\(Figures.number(load.rate)) requests/s; \(statuses.isEmpty ? "no answer" : statuses)"
        ]
        if load.latencies.count > 0 { lines.append(Figures.latencies(load.latencies)) }
        if load.connectionErrors > 0 || load.retries > 0 {
            lines.append("\(load.connectionErrors) connection errors, \(load.retries) retries")
        }
        if let fault = load.fault { lines.append("The load ended early: \(fault).") }
        if let consistentAfter {
            lines.append("Consistent \(Figures.duration(consistentAfter)) after the first request.")
        } else if load.successes > 0 {
            lines.append("Not everything was merged in time; is an orchestrator running?")
        }
        return lines.joined(separator: "\n")
    }

    /// Claims about the answers themselves.
    package var answers: [Assertion] {
        let sent = load.outcomes.indices.filter { load.outcomes[$0] != .unsent }
        let answers: [Assertion] = [
            Assertion("something was sent", !sent.isEmpty, "\(sent.count) of \(load.outcomes.count)"),
            .none(
                "every webhook sent was answered 2xx",
                sent.filter { !load.outcomes[$0].isSuccess }.map { "#\($0 + 1)" },
                of: sent.count
            ),
        ]
        guard load.successes > 0 else { return answers }
        let merged = Assertion(
            "everything accepted was merged before the deadline",
            consistentAfter != nil,
            consistentAfter.map(Figures.duration) ?? "not yet"
        )
        return answers + [merged]
    }
}
