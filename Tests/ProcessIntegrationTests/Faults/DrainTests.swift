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

    /// How long a merge may be held up by a lock before it is put off.
    private static let lockTimeout: Duration = .seconds(5)
    /// The same of a commit of ingest, which is refused then.
    private static let commitTimeout: Duration = .seconds(4)

    /// Repeats a drain until what it holds up was let go in the time that it may be held up: a machine that takes longer to look
    /// has proved nothing.
    private static func drain(_ body: (TestSystem, TestFolder) async throws -> Bool) async throws {
        var isProved = false
        while !isProved {
            try await TestFolder.with { folder in
                try await TestSystem.with { system async throws in isProved = try await body(system, folder) }
            }
        }
    }

    @Test func `ingest that is told to stop answers what it has taken and exits with 0`() async throws {
        try await Self.drain { system, folder in
            // A writer for each request, so that the lock says when all of them are under way.
            let isProved = try await system.withProcess("ingest", ["INGEST_WRITERS": "6"], in: folder) { ingest in
                let lock = try await RowLock.take("LOCK TABLE event_identities", in: system)
                return try await withThrowingTaskGroup(of: Int.self) { group in
                    let held = ContinuousClock.now
                    for order in 0..<6 {
                        group.addTask { try await ingest.client.shopify(Self.body(order), webhookID: "\(order)").status }
                    }
                    try await lock.waitUntilBlocking(6, in: system)
                    let start = ContinuousClock.now
                    ingest.running.send(SIGTERM)
                    try await eventually("the drain has begun") { await ingest.readiness()?.status != 200 }
                    await lock.release()
                    guard held.duration(to: .now) < Self.commitTimeout else { return false }
                    for try await status in group { #expect(status == 200) }
                    #expect(await ingest.running.ended() == .exited(0))
                    Bound.expect("ingest drained", since: start, within: Self.bound)
                    return true
                }
            }
            if isProved { #expect(try await system.storedWebhooks().sorted() == (0..<6).map(String.init)) }
            return isProved
        }
    }

    @Test func `an orchestrator that is told to stop finishes its batch and exits with 0`() async throws {
        try await Self.drain { system, folder in
            let isProved = try await system.withIngest { client async throws in
                try await system.withProcess("orchestrator", in: folder) { orchestrator in
                    let lock = try await RowLock.take("LOCK TABLE orders", in: system)
                    let held = ContinuousClock.now
                    for order in 0..<10 { #expect(try await client.shopify(Self.body(order)).status == 200) }
                    try await lock.waitUntilBlocking(in: system)
                    let start = ContinuousClock.now
                    orchestrator.running.send(SIGTERM)
                    try await eventually("the drain has begun") { await orchestrator.readiness()?.status != 200 }
                    await lock.release()
                    guard held.duration(to: .now) < Self.lockTimeout else { return false }
                    #expect(await orchestrator.running.ended() == .exited(0))
                    Bound.expect("an orchestrator drained", since: start, within: Self.bound)
                    return true
                }
            }
            guard isProved else { return false }
            // One lane had at least one doorbell of them; what it had is merged and acknowledged, the rest waits.
            #expect(try await system.count("SELECT count(*) FROM audit_log") > 0)
            try await system.withOrchestrators { try await system.settled() }
            #expect(try await system.isAuditedOnce())
            #expect(try await system.brokenPromises() == [])
            return true
        }
    }
}
