import ChaosKit
import Glibc
import LocalServers
import Subprocess
import TestSystem
import Testing

/// A limit that binds, as the party that is called sees it.
@Suite(.timeLimit(.minutes(10))) struct LimitTests {
    private static let orders = 240
    private static let limit = CallLimit(scope: "courier", calls: 20, window: .milliseconds(500))
    /// Short, so that the jobs and the turns of a worker that died come back soon.
    private static let settings = [
        "INTERNAL_BOOKING_EVENTS_RATE_MAX": "\(limit.calls)", "INTERNAL_BOOKING_EVENTS_RATE_DURATION_MS": "500",
        "INTERNAL_BOOKING_EVENTS_DEADLINE_MS": "2000", "SHOPIFY_ADMIN_TOKEN": "sandbox",
    ]

    @Test
    func `no window sees more calls than allowed while Redis restarts and a worker dies and comes back, and every job is done`()
        async throws
    {
        try await PrivateServers.withRedis { redis, folder in
            try await TestSystem.with(ownRedis: redis.url) { system async throws in
                try await system.withSandbox(limits: [Self.limit]) { world async throws in
                    let settings = world.settings.merging(Self.settings) { $1 }
                    let workers = ["one", "two", "three", "four"].map { settings.adding("ORCHESTRATOR_NAME", $0) }
                    func called(_ count: Int) async throws {
                        try await eventually("\(count) bookings were called for") { world.calls("book") >= count }
                    }
                    try await system.withProcesses("orchestrator", workers, in: folder) { programs async throws in
                        try await system.withIngest { client async throws in
                            for id in 1...Self.orders { #expect(try await client.send(TestOrder(id)).status == 200) }
                        }
                        try await called(30)
                        await redis.program.end()
                        try await redis.program.start()
                        try await called(60)
                        programs[0].running.send(SIGKILL)
                        #expect(await programs[0].running.ended() == .signaled(SIGKILL))
                        let done = "SELECT count(*) FROM finished_jobs WHERE queue = 'internal-booking-events' AND worker = 'one'"
                        let before = try await system.count(done)
                        try await system.withProcess("orchestrator", workers[0], in: folder) { _ async throws in
                            try await eventually("the one that is back does its part") { try await system.count(done) > before }
                            try await system.drained()
                        }
                    }
                    for worker in ["one", "two", "three", "four"] {
                        #expect(try await system.count("SELECT count(*) FROM finished_jobs WHERE worker = '\(worker)'") > 0)
                    }
                    #expect(try await system.texts("SELECT DISTINCT state FROM bookings") == ["booked"])
                    #expect(world.sandbox.report().activeLabels == Self.orders)
                    #expect(world.complaints == [])
                    #expect(try await system.brokenPromises() == [])
                }
            }
        }
    }
}
