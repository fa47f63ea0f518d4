import LocalServers
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(10))) struct RedisOutageTests {
    @Test func `Redis away and back without its data delays the merge and loses nothing`() async throws {
        try await PrivateServers.withRedis { redis, folder in
            try await TestSystem.with(ownRedis: redis.url) { system async throws in
                let load = WebhookLoad()
                try await system.withProcess("orchestrator", ["ORCHESTRATOR_NAME": "one"], in: folder) { one in
                    try await system.withProcess("orchestrator", ["ORCHESTRATOR_NAME": "two"], in: folder) { two in
                        try await system.withProcess("ingest", in: folder) { ingest in
                            try await load.during(ingest.client) {
                                try await load.wait(for: 100, status: 200)
                                await redis.program.end()
                                try await load.wait(for: 100, status: 200)
                            }
                            try await redis.program.start()
                            let back = ContinuousClock.now
                            try await system.settled()
                            Bound.expect("merged after Redis is back", since: back, within: .seconds(5))
                            for program in [one, two, ingest] { try await program.waitUntilReady() }
                        }
                    }
                }
                #expect(load.accepted.count == load.sent.count)
                #expect(try await system.storedWebhooks().count == load.sent.count)
                #expect(try await system.isAuditedOnce())
                #expect(try await system.brokenPromises() == [])
            }
        }
    }

    @Test func `a Redis that is full delays the merge and loses nothing`() async throws {
        try await PrivateServers.withRedis { redis, folder in
            try await TestSystem.with(ownRedis: redis.url) { system async throws in
                let load = WebhookLoad()
                try await system.withProcess("orchestrator", in: folder) { _ in
                    try await system.withProcess("ingest", in: folder) { ingest in
                        try await load.during(ingest.client) {
                            try await load.wait(for: 20, status: 200)
                            // Every command that would take memory is refused from now on.
                            try await redis.send("CONFIG", ["SET", "maxmemory", "1"])
                            try await load.wait(for: 100, status: 200)
                        }
                        let metrics = try await ingest.admin.get("/metrics").body.split(separator: "\n")
                        let dropped = metrics.first { $0.hasPrefix("doorbells_dropped_total") }?.split(separator: " ").last
                        #expect(dropped.flatMap { Double($0) } ?? 0 > 0)
                        try await redis.send("CONFIG", ["SET", "maxmemory", "0"])
                        let back = ContinuousClock.now
                        try await system.settled()
                        Bound.expect("merged after Redis has room", since: back, within: .seconds(5))
                    }
                }
                #expect(load.accepted.count == load.sent.count)
                #expect(try await system.isAuditedOnce())
                #expect(try await system.brokenPromises() == [])
            }
        }
    }
}
