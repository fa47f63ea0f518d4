import Synchronization

/// Whether this process can do its work now: a list of named checks, each with a deadline, and whether it is draining.
package final class Readiness: Sendable {
    /// The outcome of all checks, as `/readyz` answers it.
    package struct Report: Sendable, Equatable {
        /// Whether the process has been told to stop and takes no new work.
        package var isDraining: Bool
        /// Why a check failed, by its name; `nil` for a check that passed.
        package var failures: [String: String?]

        /// Whether every check passed and the process goes on.
        package var isReady: Bool { !isDraining && failures.values.allSatisfy { $0 == nil } }

        /// The report as one JSON object.
        package var json: String {
            let status = isDraining ? "draining" : isReady ? "ready" : "not ready"
            let checks = failures.sorted { $0.key < $1.key }.map {
                "\(JSONText.quoted($0.key)):\(JSONText.quoted($0.value ?? "ok"))"
            }
            return "{\"status\":\"\(status)\",\"checks\":{\(checks.joined(separator: ","))}}\n"
        }
    }

    /// Ends without an error when what it looks at is usable.
    package typealias Check = @Sendable () async throws -> Void

    private struct State {
        var checks: [String: Check] = [:]
        var running: Set<String> = []
        var isDraining = false
    }

    private let deadline: Duration
    private let clock: any Clock<Duration>
    private let state = Mutex(State())

    /// No checks yet; each may take as long as the deadline.
    package init(deadline: Duration, clock: any Clock<Duration> = ContinuousClock()) {
        self.deadline = deadline
        self.clock = clock
    }

    /// Adds a check under a name a person recognizes, such as `postgres`.
    package func add(_ name: String, _ check: @escaping Check) {
        state.withLock { $0.checks[name] = check }
    }

    /// Adds a check that fails until the returned function is called, for what takes a moment to start.
    package func expectStart(of name: String) -> @Sendable () -> Void {
        let hasStarted = SharedFlag()
        add(name) {
            guard hasStarted.isSet else { throw NotStarted() }
        }
        return { hasStarted.set() }
    }

    private struct NotStarted: Error, CustomStringConvertible {
        var description: String { "it has not started yet" }
    }

    private final class SharedFlag: Sendable {
        private let flag = Atomic(false)

        var isSet: Bool { flag.load(ordering: .acquiring) }

        func set() {
            flag.store(true, ordering: .releasing)
        }
    }

    /// Says that the process takes no new work from now on.
    package func drain() {
        state.withLock { $0.isDraining = true }
    }

    /// Runs all checks at once; takes no longer than the deadline, whatever they do.
    package func report() async -> Report {
        let (checks, isDraining) = state.withLock { ($0.checks, $0.isDraining) }
        let failures = await withTaskGroup(of: (String, String?).self) { group in
            for (name, check) in checks {
                group.addTask { (name, await self.failure(of: check, named: name)) }
            }
            return await group.reduce(into: [String: String?]()) { $0.updateValue($1.1, forKey: $1.0) }
        }
        return Report(isDraining: isDraining, failures: failures)
    }

    private func failure(of check: @escaping Check, named name: String) async -> String? {
        // A check that hangs must not be started again by every probe.
        guard state.withLock({ $0.running.insert(name).inserted }) else { return "the check before has not ended yet" }
        let (outcomes, outcome) = AsyncStream.makeStream(of: String?.self, bufferingPolicy: .bufferingOldest(1))
        // Unstructured, because a task group would wait for a check that does not notice its cancellation.
        let running = Task {
            defer { _ = state.withLock { $0.running.remove(name) } }
            do {
                try await check()
                outcome.yield(nil)
            } catch {
                outcome.yield("\(error)")
            }
        }
        let timer = Task { [deadline, clock] in
            try await clock.sleep(for: deadline)
            outcome.yield("no answer within \(deadline)")
        }
        defer {
            timer.cancel()
            running.cancel()
        }
        for await failure in outcomes { return failure }
        return "the probe was cancelled"
    }
}
