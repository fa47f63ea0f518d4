import Glibc
import LocalServers
import Subprocess
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(10))) struct DrainTests {
    private static let bound: Duration = .seconds(8)

    private static func body(_ order: Int) -> String {
        #"{"id":"\#(order)","updated_at":"2026-01-18T18:43:04Z","total_price":"10.00"}"#
    }

    @Test func `ingest that is told to stop answers what it has taken and exits with 0`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                // A writer for each request, so that the lock says when all of them are under way.
                let settings = ["INGEST_COMMIT_TIMEOUT_MS": "4000", "INGEST_WRITERS": "6"]
                try await system.withProcess("ingest", settings, in: folder) { ingest in
                    let lock = try await RowLock.take("LOCK TABLE event_identities", in: system)
                    try await withThrowingTaskGroup(of: Int.self) { group in
                        for order in 0..<6 {
                            group.addTask { try await ingest.client.shopify(Self.body(order), webhookID: "\(order)").status }
                        }
                        try await lock.waitUntilBlocking(6, in: system)
                        let start = ContinuousClock.now
                        ingest.running.send(SIGTERM)
                        try await eventually("the drain has begun") { await ingest.readiness()?.status != 200 }
                        await lock.release()
                        for try await status in group { #expect(status == 200) }
                        #expect(await ingest.running.ended() == .exited(0))
                        Bound.expect("drained", since: start, within: Self.bound)
                    }
                }
                #expect(try await system.storedWebhooks().sorted() == (0..<6).map(String.init))
            }
        }
    }

    @Test func `an orchestrator that is told to stop finishes its batch and exits with 0`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withIngest { client async throws in
                    for order in 0..<10 { _ = try await client.shopify(Self.body(order)) }
                }
                let lock = try await RowLock.take("LOCK TABLE orders", in: system)
                try await system.withProcess("orchestrator", in: folder) { orchestrator in
                    try await lock.waitUntilBlocking(in: system)
                    let start = ContinuousClock.now
                    orchestrator.running.send(SIGTERM)
                    try await eventually("the drain has begun") { await orchestrator.readiness()?.status != 200 }
                    await lock.release()
                    #expect(await orchestrator.running.ended() == .exited(0))
                    Bound.expect("drained", since: start, within: Self.bound)
                }
                // One lane had at least one doorbell of them; what it had is merged and acknowledged, the rest waits.
                #expect(try await system.count("SELECT count(*) FROM audit_log") > 0)
                try await system.withOrchestrators { try await system.settled() }
                #expect(try await system.isAuditedOnce())
                #expect(try await system.brokenPromises() == [])
            }
        }
    }
}
