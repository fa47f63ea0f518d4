import ChaosKit
import Glibc
import LocalServers
import ServiceRuntime
import Subprocess
import TestSystem
import Testing

/// A process that kills itself at each failpoint, and another that goes on: every order booked once, its shop told once.
@Suite(.timeLimit(.minutes(10))) struct FailpointDeathTests {
    /// Short, so that leases are over soon: deadline + margin.
    static let lease: Duration = .seconds(4)
    private static let replica = [
        "ORCHESTRATOR_NAME": "replica", "INTERNAL_BOOKING_EVENTS_DEADLINE_MS": "2000", "COURIER_COMMANDS_DEADLINE_MS": "2000",
        // A queue with a limit grants a second more.
        "SHOPIFY_ADMIN_NOTIFICATIONS_DEADLINE_MS": "1000", "SHOPIFY_ADMIN_TOKEN": "sandbox",
    ]

    static func settings(_ world: TestSandbox, _ more: [String: String] = [:]) -> [String: String] {
        world.settings.merging(replica) { $1 }.merging(more) { $1 }
    }

    /// Runs a process until its failpoint has killed it.
    static func dying(
        _ name: String,
        _ settings: [String: String],
        at plan: String,
        in folder: TestFolder,
        _ system: TestSystem,
        _ body: (ServiceProgram) async throws -> Void
    ) async throws -> ContinuousClock.Instant {
        try await system.withProcess(name, settings.adding("FAILPOINTS", plan), in: folder) { program in
            try await body(program)
            #expect(await program.running.ended() == .signaled(SIGKILL))
            #expect(program.running.log.contains("A failpoint is hit."))
            return .now
        }
    }

    /// What must be true in the end, whatever died: as if nothing had.
    private static func expectBookedOnce(_ orders: Int, _ system: TestSystem, _ world: TestSandbox) async throws {
        #expect(try await system.bookingStates() == Array(repeating: "1 booked", count: orders))
        #expect(try await system.count("SELECT count(*) FROM orders WHERE order_status = 'BOOKED' AND version = 1") == orders)
        let report = world.sandbox.report()
        #expect(report.labels == orders)
        #expect(report.activeLabels == orders)
        #expect(report.fulfillments == orders)
        #expect(world.complaints == [])
        #expect(try await system.isAuditedOnce())
        #expect(try await system.brokenPromises() == [])
    }

    /// With one order, the first call books, the second looks at the order in Shopify, the third fulfills it there.
    @Test(arguments: [
        "job.before-call=kill", "job.during-call=kill", "job.after-call=kill", "job.before-finish=kill", "job.before-call=kill@3",
        "job.during-call=kill@3", "job.after-call=kill@3", "job.before-finish=kill@2",
    ])
    func `a worker that dies around a call to the outside leaves it done once`(plan: String) async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withSandbox { world async throws in
                    try await system.withIngest { client async throws in
                        let settings = Self.settings(world)
                        let death = try await Self.dying("orchestrator", settings, at: plan, in: folder, system) {
                            _ async throws in
                            #expect(try await client.send(TestOrder()).status == 200)
                        }
                        try await system.withProcess("orchestrator", settings, in: folder) { _ in try await system.drained() }
                        Bound.expect("recovery from \(plan)", since: death, within: Self.lease + .seconds(2))
                        try await Self.expectBookedOnce(1, system, world)
                    }
                }
            }
        }
    }

    /// The places of one part of a worker: around a call, or around a merge.
    private static let places = [
        "call": ["job.before-call", "job.during-call", "job.after-call", "job.before-finish"],
        "merge": ["worker.after-read", "worker.in-transaction", "worker.before-job-doorbell", "worker.after-commit"],
    ]

    /// One worker dies at each place while others go on beside it, however few or many these are.
    @Test(arguments: ["call", "merge"], [1, 2, 4])
    func `workers that die at every place beside others that go on leave everything done once`(
        part: String,
        replicas: Int
    ) async throws {
        let places = try #require(Self.places[part])
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withSandbox { world async throws in
                    try await system.withIngest { client async throws in
                        // One job and one order at a time, so that there is work for everybody.
                        let settings = Self.settings(
                            world,
                            ["INTERNAL_BOOKING_EVENTS_CONCURRENCY": "1", "ORCHESTRATOR_BATCH_SUBJECTS": "1"]
                        )
                        let others = (1...replicas).map { settings.adding("ORCHESTRATOR_NAME", "goes-on-\($0)") }
                        let dying = places.map {
                            settings.adding("ORCHESTRATOR_NAME", $0).adding("FAILPOINTS", "\($0)=kill")
                        }
                        var sent = 0
                        try await system.withProcesses("orchestrator", others + dying, in: folder) { programs async throws in
                            let dying = programs.dropFirst(replicas)
                            while dying.contains(where: { $0.running.processID != nil }) {
                                sent += 1
                                #expect(try await client.send(TestOrder(sent)).status == 200)
                                // No more than everybody has something to do.
                                while try await system.count("SELECT count(*) FROM jobs") > programs.count,
                                    dying.contains(where: { $0.running.processID != nil })
                                { try await Moment.pass() }
                            }
                            let death = ContinuousClock.now
                            for program in dying { #expect(await program.running.ended() == .signaled(SIGKILL)) }
                            try await system.drained()
                            Bound.expect("recovery of \(replicas) from every \(part)", since: death, within: .seconds(15))
                        }
                        try await Self.expectBookedOnce(sent, system, world)
                    }
                }
            }
        }
    }

    @Test(arguments: [
        "worker.after-read=kill", "worker.in-transaction=kill", "worker.before-job-doorbell=kill", "worker.after-commit=kill",
        "worker.in-transaction=kill@3",
    ])
    func `a worker that dies around its merge leaves it done once`(plan: String) async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withSandbox { world async throws in
                    try await system.withIngest { client async throws in
                        let settings = Self.settings(world)
                        let death = try await Self.dying("orchestrator", settings, at: plan, in: folder, system) {
                            _ async throws in
                            for id in 1...5 { #expect(try await client.send(TestOrder(id)).status == 200) }
                        }
                        try await system.withProcess("orchestrator", settings, in: folder) { _ async throws in
                            try await system.drained()
                            try await eventually("every doorbell is finished") { try await system.outstandingDoorbells() == 0 }
                        }
                        Bound.expect("recovery from \(plan)", since: death, within: .seconds(15))
                        try await Self.expectBookedOnce(5, system, world)
                    }
                }
            }
        }
    }

    /// The sender sends again what it has no answer to.
    @Test(arguments: ["ingest.before-commit=kill@2", "ingest.after-commit=kill@2", "ingest.before-doorbell=kill@2"])
    func `an ingest that dies around its commit stores each webhook once`(plan: String) async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withSandbox { world async throws in
                    try await system.withOrchestrators(settings: Self.settings(world)) {
                        var answered: Set<Int> = []
                        _ = try await Self.dying("ingest", [:], at: plan, in: folder, system) { ingest async throws in
                            var client = ingest.client
                            // Who comes after the end waits in vain.
                            client.timeout = .seconds(10)
                            for id in 1...5 {
                                // No answer is what this test is about.
                                guard await (try? client.send(TestOrder(id)))?.status == 200 else { break }
                                answered.insert(id)
                            }
                        }
                        #expect(answered.contains(1))
                        try await system.withProcess("ingest", in: folder) { ingest async throws in
                            let ready = ContinuousClock.now
                            for id in Set(1...5).subtracting(answered) {
                                #expect(try await ingest.client.send(TestOrder(id)).status == 200)
                            }
                            while try await system.count("SELECT count(*) FROM orders") < 5 { try await Moment.pass() }
                            Bound.expect("recovery from \(plan)", since: ready, within: .seconds(2))
                            try await system.drained()
                        }
                        try await Self.expectBookedOnce(5, system, world)
                    }
                }
            }
        }
    }

    @Test func `an ingest that dies after its answers and before its doorbells leaves them to the relay`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withSandbox { world async throws in
                    let stall = ["FAILPOINTS": "ingest.before-doorbell=stall:60s"]
                    try await system.withProcess("ingest", stall, in: folder) { ingest async throws in
                        for id in 1...5 { #expect(try await ingest.client.send(TestOrder(id)).status == 200) }
                        ingest.running.send(SIGKILL)
                        #expect(await ingest.running.ended() == .signaled(SIGKILL))
                    }
                    #expect(try await system.outstandingDoorbells() == 0)
                    let settings = Self.settings(world, ["RELAY_AFTER_MS": "2000", "RELAY_INTERVAL_MS": "500"])
                    try await system.withProcess("orchestrator", settings, in: folder) { _ async throws in
                        let ready = ContinuousClock.now
                        try await system.settled()
                        Bound.expect("recovery from ingest.before-doorbell after the answers", since: ready, within: .seconds(2))
                        try await system.drained()
                    }
                    try await Self.expectBookedOnce(5, system, world)
                }
            }
        }
    }

    @Test func `an order whose worker dies in its last attempt is parked, flagged, and its job a dead letter`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withSandbox { world async throws in
                    try await system.withIngest { client async throws in
                        let settings = Self.settings(world, ["QUEUE_DEFAULT_ATTEMPTS": "1"])
                        let plan = "job.during-call=kill"
                        let death = try await Self.dying("orchestrator", settings, at: plan, in: folder, system) {
                            _ async throws in
                            _ = try await client.send(TestOrder())
                        }
                        try await system.withProcess("orchestrator", settings, in: folder) { _ async throws in
                            try await eventually("the job is a dead letter") {
                                try await system.count("SELECT count(*) FROM jobs WHERE state = 'dead'") == 1
                            }
                            // Upkeep comes every five seconds.
                            Bound.expect("recovery from the last attempt", since: death, within: Self.lease + .seconds(5))
                            #expect(try await system.bookingStates() == ["1 parked"])
                            #expect(try await system.count("SELECT count(*) FROM orders WHERE flags @> '{booking_parked}'") == 1)
                        }
                        #expect(world.sandbox.report().labels == 1)
                        #expect(world.complaints == [])
                        #expect(try await system.brokenPromises() == [])
                    }
                }
            }
        }
    }
}
