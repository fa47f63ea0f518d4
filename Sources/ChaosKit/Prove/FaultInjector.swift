import Glibc
import LocalServers
import Orders

/// Does to a stack what a fault plan says.
struct FaultInjector: Sendable {
    /// What was done.
    struct Injection: Sendable {
        /// For people.
        var detail: String
        /// The recovery counts from here.
        var end: Instant
        var happened = true
        /// What is left to be done while the stack recovers.
        var rest: (@Sendable () async throws -> Void)?
    }

    let stack: ChaosStack
    let now: @Sendable () -> Instant

    /// Returns when the fault is over, or when all that is left of it is a process to be started again.
    func inject(_ fault: FaultPlan.Fault) async throws -> Injection {
        switch fault.kind {
        case .ingestKill:
            try await kill([stack.ingest], for: fault.hold)
            return done("ingest was away for \(Figures.duration(fault.hold))")
        case .ingestPause:
            try await pause(stack.ingest, for: fault.hold)
            return done("ingest stood still for \(Figures.duration(fault.hold))")
        case .orchestratorKill:
            let victim = orchestrator(fault.victim)
            await victim.end()
            var injection = done("\(victim.name) was away for \(Figures.duration(fault.hold))")
            injection.rest = {
                try await Task.sleep(for: fault.hold)
                try await victim.start()
            }
            return injection
        case .orchestratorsKill:
            try await kill(stack.orchestrators, for: fault.hold)
            return done("\(stack.orchestrators.count) orchestrators were away for \(Figures.duration(fault.hold))")
        case .orchestratorPause:
            let victim = orchestrator(fault.victim)
            try await pause(victim, for: fault.hold)
            return done("\(victim.name) stood still for \(Figures.duration(fault.hold))")
        case .ingestFailpoint, .mergeFailpoint, .callFailpoint:
            return try await failAtPoint(fault)
        case .redisFlush:
            try await stack.redis.flush()
            return done("FLUSHALL")
        case .redisRestart:
            try await kill([stack.redis.program], for: fault.hold)
            return done("Redis was away for \(Figures.duration(fault.hold)) and came back empty")
        case .postgresRestart:
            await stack.postgres.stopImmediately()
            try await stack.postgres.program.start()
            return done("PostgreSQL was stopped at once and recovered")
        case .redisSlow, .postgresSlow, .redisCut, .postgresCut, .redisBlackHole, .postgresBlackHole:
            return try await disturb(fault)
        }
    }

    private func done(_ detail: String) -> Injection {
        Injection(detail: detail, end: now(), rest: nil)
    }

    func orchestrator(_ number: Int) -> LocalProgram {
        stack.orchestrators[number % stack.orchestrators.count]
    }

    private func kill(_ programs: [LocalProgram], for hold: Duration) async throws {
        for program in programs { await program.end() }
        try await Task.sleep(for: hold)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for program in programs { group.addTask { try await program.start() } }
            try await group.waitForAll()
        }
    }

    private func pause(_ program: LocalProgram, for hold: Duration) async throws {
        program.send(SIGSTOP)
        // Whatever happens, a process that stands still cannot be ended in good order.
        defer { program.send(SIGCONT) }
        try await Task.sleep(for: hold)
    }

    /// A fault of the links to one server, of one service or of all.
    private func disturb(_ fault: FaultPlan.Fault) async throws -> Injection {
        let services = [stack.ingest.name] + stack.orchestrators.map(\.name)
        let victim = fault.victim < services.count ? services[fault.victim] : nil
        let links = stack.links.filter { $0.server == fault.kind.server && ($0.service == victim ?? $0.service) }
        let (weather, word) = weather(of: fault)
        let isCut = weather.refuses
        // A black hole ends as a network does that heals, or as one that has forgotten every connection.
        let endsInReset = weather.isBlackHole && fault.hold.components.attoseconds / 1_000_000_000_000_000 % 2 == 0
        var connections = 0
        for link in links {
            try await link.proxy.set(weather)
            if isCut { connections += try await link.proxy.cut() }
        }
        try await Task.sleep(for: fault.hold)
        for link in links {
            if endsInReset { connections += try await link.proxy.cut() }
            try await link.proxy.set(.fair)
        }
        let cut = isCut || endsInReset ? ", \(connections) connections reset" : ""
        return done("\(word) for \(victim ?? "all services"), \(Figures.duration(fault.hold))\(cut)")
    }

    private func weather(of fault: FaultPlan.Fault) -> (LinkWeather, String) {
        switch fault.kind {
        case .redisCut, .postgresCut: return (LinkWeather(refuses: true), "cut")
        case .redisBlackHole, .postgresBlackHole: return (LinkWeather(isBlackHole: true), "nothing passed")
        default:
            let rate = fault.weather.bytesPerSecond.map { ", \($0 / 1_000) KB/s" } ?? ""
            return (fault.weather, "\(Figures.duration(fault.weather.latency)) each way\(rate)")
        }
    }
}
