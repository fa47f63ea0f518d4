import Glibc
import LocalServers
import NIOHTTP1
import Subprocess
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(10))) struct PostgresOutageTests {
    /// How long an ingest of these tests may take for a commit before it refuses.
    private static let commitTimeout: Duration = .seconds(1)
    private static let impatient = ["INGEST_COMMIT_TIMEOUT_MS": "1000"]

    @Test func `a restart of PostgreSQL under load costs nothing but honest refusals`() async throws {
        try await PrivateServers.withPostgres { postgres, folder in
            try await TestSystem.with(ownDatabase: postgres.url) { system async throws in
                let load = WebhookLoad()
                try await system.withProcess("orchestrator", ["ORCHESTRATOR_NAME": "one"], in: folder) { one in
                    try await system.withProcess("orchestrator", ["ORCHESTRATOR_NAME": "two"], in: folder) { two in
                        try await system.withProcess("ingest", Self.impatient, in: folder) { ingest in
                            try await load.during(ingest.client) {
                                try await load.wait(for: 100, status: 200)
                                await postgres.stopImmediately()
                                try await load.wait(for: 20, status: 503)
                                try await postgres.start()
                                let back = ContinuousClock.now
                                try await load.wait(for: 1, status: 200)
                                Bound.expect("accepted after PostgreSQL is back", since: back, within: .seconds(2))
                                try await load.wait(for: 100, status: 200)
                            }
                            try await system.settled()
                            for program in [one, two, ingest] { try await program.waitUntilReady() }
                        }
                    }
                }
                let refused = load.sent.filter { $0.status != 200 }
                #expect(Set(refused.map(\.status)) == [503])
                #expect(refused.filter { !$0.hasRetryAfter }.count == 0)
                Bound.expect("the slowest refusal", took: refused.map(\.duration).max() ?? .zero, within: Self.commitTimeout)
                let stored = Set(try await system.storedWebhooks())
                #expect(load.accepted.filter { !stored.contains($0.webhookID) }.isEmpty)
                #expect(try await system.storedWebhooks().count == stored.count)
                #expect(try await system.isAuditedOnce())
                #expect(try await system.brokenPromises() == [])
            }
        }
    }

    @Test func `what a worker had read when PostgreSQL restarted is merged as soon as it is back`() async throws {
        // Neither the relay nor a claim of another worker comes in time to help.
        let settings = ["ORCHESTRATOR_NAME": "one", "RELAY_AFTER_MS": "600000"]
        try await PrivateServers.withPostgres { postgres, folder in
            try await TestSystem.with(ownDatabase: postgres.url) { system async throws in
                try await system.withIngest { client async throws in
                    try await system.withProcess("orchestrator", settings, in: folder) { _ in
                        #expect(try await WebhookLoad.send(0, to: client).status == 200)
                        try await system.settled()
                        let lock = try await RowLock.take("SELECT id FROM orders FOR UPDATE", in: system)
                        #expect(try await WebhookLoad.send(40, to: client).status == 200)
                        try await lock.waitUntilBlocking(in: system)
                        await postgres.stopImmediately()
                        try await postgres.start()
                        let back = ContinuousClock.now
                        try await eventually("the interrupted batch is merged") {
                            try await system.count("SELECT count(*) FROM unapplied_events") == 0
                        }
                        Bound.expect("merged after PostgreSQL is back", since: back, within: .seconds(4))
                    }
                }
                #expect(try await system.orders().map(\.version) == [2])
                #expect(try await system.isAuditedOnce())
            }
        }
    }

    @Test func `merges that PostgreSQL had not on disk when it crashed are made again`() async throws {
        try await PrivateServers.withPostgres { postgres, folder in
            try await TestSystem.with(ownDatabase: postgres.url) { system async throws in
                // Nothing but a commit that waits for it writes the log.
                try await system.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
                try await system.execute("SELECT pg_reload_conf()")
                var undone: Int64 = 0
                var sent = 0
                while undone == 0, sent < 100 {
                    try await system.withIngest { client async throws in
                        try await system.withProcess("orchestrator", ["ORCHESTRATOR_NAME": "one"], in: folder) { _ in
                            for _ in 0..<10 {
                                #expect(try await WebhookLoad.send(sent, to: client).status == 200)
                                sent += 1
                            }
                            try await system.settled()
                            await postgres.stopImmediately()
                        }
                    }
                    try await postgres.start()
                    undone = try await system.count("SELECT count(*) FROM unapplied_events")
                }
                #expect(undone > 0)
                try await system.withProcess("orchestrator", ["ORCHESTRATOR_NAME": "two"], in: folder) { _ in
                    try await system.settled()
                }
                #expect(try await system.count("SELECT count(*) FROM event_store") == Int64(sent))
                #expect(try await system.isAuditedOnce())
                #expect(try await system.brokenPromises() == [])
            }
        }
    }

    @Test func `without PostgreSQL ingest refuses at once, says why, and both processes still end gracefully`() async throws {
        try await PrivateServers.withPostgres { postgres, folder in
            try await TestSystem.with(ownDatabase: postgres.url) { system async throws in
                try await system.withProcess("orchestrator", in: folder) { orchestrator in
                    try await system.withProcess("ingest", in: folder) { ingest in
                        await postgres.stopImmediately()
                        let away = ContinuousClock.now
                        try await eventually("an ingest without traffic notices") {
                            try await ingest.client.get("/health").status == 503
                        }
                        Bound.expect("noticed without traffic", since: away, within: .seconds(3))
                        try await eventually("an ingest with traffic notices") {
                            #expect(try await WebhookLoad.send(0, to: ingest.client).status == 503)
                            return try await ingest.client.get("/health").status == 503
                        }
                        #expect(try await ingest.client.get("/health").body.contains("PostgreSQL"))
                        var durations: [Duration] = []
                        for number in 0..<60 {
                            let start = ContinuousClock.now
                            let answer = try await WebhookLoad.send(number, to: ingest.client)
                            durations.append(start.duration(to: .now))
                            #expect(answer.status == 503)
                            #expect(answer.headers.first(name: "Retry-After") != nil)
                        }
                        // Far below the time that it would wait for a commit.
                        Bound.expect("the median refusal", took: durations.sorted()[30], within: .milliseconds(200))
                        for program in [ingest, orchestrator] {
                            let answer = try #require(await program.readiness())
                            #expect(answer.status == 503)
                            #expect(
                                answer.body.contains(#""postgres":"#) && !answer.body.contains(#""postgres":"ok""#),
                                "\(answer.body)"
                            )
                            program.running.send(SIGTERM)
                            #expect(await program.running.ended() == .exited(0))
                        }
                    }
                }
            }
        }
    }

    /// As a standby, or one whose administrator wants no writes; a full disk is refused in the same way, by another class of error.
    @Test func `a PostgreSQL that only reads is answered with 503 before anything is promised`() async throws {
        try await PrivateServers.withPostgres { postgres, folder in
            try await TestSystem.with(ownDatabase: postgres.url) { system async throws in
                let load = WebhookLoad()
                try await system.withProcess("orchestrator", in: folder) { _ in
                    try await system.withProcess("ingest", in: folder) { ingest in
                        try await load.during(ingest.client) {
                            try await load.wait(for: 50, status: 200)
                            try await postgres.allowWrites(false)
                            try await load.wait(for: 20, status: 503)
                            try await postgres.allowWrites(true)
                            try await load.wait(for: 50, status: 200)
                        }
                        try await system.settled()
                    }
                }
                let refused = load.sent.filter { $0.status != 200 }
                #expect(Set(refused.map(\.status)) == [503])
                #expect(refused.filter { !$0.hasRetryAfter }.count == 0)
                let stored = Set(try await system.storedWebhooks())
                #expect(load.accepted.filter { !stored.contains($0.webhookID) }.isEmpty)
                #expect(try await system.isAuditedOnce())
                #expect(try await system.brokenPromises() == [])
            }
        }
    }
}
