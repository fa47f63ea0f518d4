import Glibc
import LocalServers
import Subprocess
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(10))) struct WorkerDeathTests {
    private static func send(_ round: Int, orders: Range<Int>, _ client: TestClient) async throws {
        for order in orders {
            let body = #"{"id":"\#(order)","updated_at":"2026-01-18T18:43:0\#(round)Z","total_price":"\#(round).00"}"#
            #expect(try await client.shopify(body, webhookID: "\(order)-\(round)").status == 200)
        }
    }

    /// The order that a worker locks last, so that it holds all others of its batch while it waits.
    private static let lockLastOrder = "SELECT id FROM orders ORDER BY id DESC LIMIT 1 FOR UPDATE"

    @Test(arguments: ["by the relay": "2000", "by a claim": "600000"])
    func `a worker killed in the middle of its batch loses and doubles nothing`(way: String, relayAfter: String) async throws {
        let settings = ["RELAY_AFTER_MS": relayAfter]
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withIngest { client async throws in
                    try await system.withProcess("orchestrator", settings.adding("ORCHESTRATOR_NAME", "dies"), in: folder) {
                        dying in
                        try await Self.send(1, orders: 0..<30, client)
                        try await system.settled()
                        let lock = try await RowLock.take(Self.lockLastOrder, in: system)
                        try await Self.send(2, orders: 0..<30, client)
                        try await lock.waitUntilBlocking(in: system)
                        dying.running.send(SIGKILL)
                        #expect(await dying.running.ended() == .signaled(SIGKILL))
                        await lock.release()
                    }
                    let death = ContinuousClock.now
                    try await system.withProcess("orchestrator", settings.adding("ORCHESTRATOR_NAME", "goes on"), in: folder) {
                        _ in
                        try await system.settled()
                        try await eventually("every doorbell is finished") { try await system.outstandingDoorbells() == 0 }
                        Bound.expect("finished \(way)", since: death, within: .seconds(15))
                    }
                }
                #expect(try await system.orders().map(\.version) == Array(repeating: 2, count: 30))
                #expect(try await system.isAuditedOnce())
                #expect(try await system.count("SELECT count(*) FROM audit_log") == 60)
                #expect(try await system.brokenPromises() == [])
            }
        }
    }

    /// In the end the stalled worker goes on, or it dies.
    @Test(arguments: [SIGCONT, SIGKILL])
    func `a worker that stalls inside its transaction doubles nothing and quarantines nothing`(end: Int32) async throws {
        // Many lanes that relay at once try the held orders far more often than the attempts an event has.
        let eager = ["ORCHESTRATOR_NAME": "flows", "ORCHESTRATOR_LANES": "8", "RELAY_AFTER_MS": "100", "RELAY_INTERVAL_MS": "50"]
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withIngest { client async throws in
                    try await system.withProcess("orchestrator", ["ORCHESTRATOR_NAME": "stalls"], in: folder) { stalled in
                        try await Self.send(1, orders: 0..<10, client)
                        try await system.settled()
                        let lock = try await RowLock.take(Self.lockLastOrder, in: system)
                        try await Self.send(2, orders: 0..<10, client)
                        try await lock.waitUntilBlocking(in: system)
                        stalled.running.send(SIGSTOP)
                        // What it waited for comes now, and its transaction stays open.
                        await lock.release()
                        try await system.withProcess("orchestrator", eager, in: folder) { flowing in
                            try await Self.send(3, orders: 0..<30, client)
                            try await eventually("the held orders were rung for again and again") {
                                flowing.running.log.split(separator: "The relay rang").count > 10
                            }
                            stalled.running.send(end)
                            try await system.settled()
                        }
                        if end == SIGCONT { try await stalled.waitUntilReady() }
                    }
                }
                #expect(try await system.orders().filter(\.isQuarantined) == [])
                #expect(try await system.isAuditedOnce())
                #expect(try await system.count("SELECT count(*) FROM audit_log") == 50)
                #expect(try await system.brokenPromises() == [])
            }
        }
    }
}

extension [String: String] {
    func adding(_ key: String, _ value: String) -> Self {
        merging([key: value]) { $1 }
    }
}
