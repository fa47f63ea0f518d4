import Glibc
import LocalServers
import ServiceRuntime
import Subprocess

extension FaultInjector {
    /// How long a process may take to pass the point; the load is what takes it there.
    private static let reachLimit = Duration.seconds(20)
    /// How long the process may take to end in good order, before it comes back with the failpoint.
    private static let drainLimit = Duration.seconds(30)
    private static let readingInterval = Duration.milliseconds(20)

    /// Lets one process die or stall at a named point of its code.
    func failAtPoint(_ fault: FaultPlan.Fault) async throws -> Injection {
        guard let failpoint = fault.failpoint else { throw NoFailpoint() }
        let victim = fault.kind == .ingestFailpoint ? stack.ingest : orchestrator(fault.victim)
        let action: FailpointPlan.Action = failpoint.isStall ? .stall(fault.hold) : .kill
        let plan = FailpointPlan(action, hit: failpoint.hit)
        let hits = Self.hits(of: victim)
        await victim.end(with: SIGTERM, within: Self.drainLimit)
        // It may die before it is ready: the load does not wait.
        try await victim.spawn(adding: ["FAILPOINTS": "\(failpoint.point.rawValue)=\(plan)"])
        return failpoint.isStall
            ? try await stall(victim, at: failpoint, for: fault.hold, after: hits)
            : try await death(of: victim, at: failpoint, for: fault.hold)
    }

    private func death(of victim: LocalProgram, at failpoint: FailpointFault, for hold: Duration) async throws -> Injection {
        let happened = await victim.ended(within: Self.reachLimit) == .signaled(SIGKILL)
        let word = happened ? "killed itself at" : "never came to"
        let detail = "\(victim.name) \(word) \(failpoint), and was away for \(Figures.duration(hold))"
        let restart: @Sendable () async throws -> Void = {
            try await Task.sleep(for: hold)
            try await victim.start()
        }
        // The others go on without an orchestrator; nothing comes in without ingest.
        if victim === stack.ingest {
            try await restart()
            return Injection(detail: detail, end: now(), happened: happened)
        }
        return Injection(detail: detail, end: now(), happened: happened, rest: restart)
    }

    private func stall(
        _ victim: LocalProgram,
        at failpoint: FailpointFault,
        for hold: Duration,
        after hits: Int
    ) async throws -> Injection {
        let start = ContinuousClock.now
        while Self.hits(of: victim) == hits {
            guard start.duration(to: .now) < Self.reachLimit else {
                return Injection(detail: "\(victim.name) never came to \(failpoint)", end: now(), happened: false)
            }
            try await Task.sleep(for: Self.readingInterval)
        }
        try await Task.sleep(for: hold)
        return Injection(detail: "\(victim.name) stalled at \(failpoint) for \(Figures.duration(hold))", end: now())
    }

    /// How often a failpoint of the program was hit since the stack began.
    private static func hits(of program: LocalProgram) -> Int {
        program.log.split(separator: "A failpoint is hit.", omittingEmptySubsequences: false).count
    }

    private struct NoFailpoint: Error {}
}

extension FailpointFault: CustomStringConvertible {
    package var description: String { hit == 1 ? point.rawValue : "\(point.rawValue), hit \(hit)" }
}
