import FoundationEssentials
import LocalServers
import Subprocess
import TestSystem
import Testing

/// `chaos record` and `chaos replay` as an operator uses them: what happened on one system, again on another.
@Suite(.timeLimit(.minutes(15))) struct RecordingProgramTests {
    private static func chaos(
        _ arguments: [String],
        _ system: TestSystem,
        in folder: TestFolder
    ) async throws -> (status: TerminationStatus?, log: String) {
        let program = folder.program(
            "chaos",
            arguments: arguments + ["--database-url", system.databaseURL],
            environment: ["SHOPIFY_WEBHOOK_SECRETS": TestSystem.secret]
        )
        try await program.spawn()
        return (await program.ended(within: .seconds(100)), program.log)
    }

    /// An empty system with one ingest and one orchestrator.
    private static func onNewSystem(in folder: TestFolder, _ body: (TestSystem, String) async throws -> Void) async throws {
        try await TestSystem.with { system async throws in
            try await system.withProcess("orchestrator", in: folder) { _ in
                try await system.withProcess("ingest", in: folder) { ingest in
                    try await body(system, "http://127.0.0.1:\(ingest.client.port)")
                }
            }
        }
    }

    @Test func `a window of deliveries comes to the same states on an empty stack, and a lost delivery is noticed`() async throws
    {
        try await TestFolder.with { folder in
            let file = folder.newPath("week.recording")
            try await Self.onNewSystem(in: folder) { system, url in
                let storm = try await Self.chaos(
                    ["storm", "--webhooks", "120", "--orders", "20", "--seed", "5", "--bodies", "full", "--url", url],
                    system,
                    in: folder
                )
                #expect(storm.status == .exited(0), "\(storm.log)")
                let window = ["--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z"]
                let record = try await Self.chaos(["record", file] + window, system, in: folder)
                #expect(record.status == .exited(0), "\(record.log)")
                #expect(record.log.contains("about 20 orders"))
            }
            let recording = String(decoding: try #require(FileManager.default.contents(atPath: file)), as: UTF8.self)
            for personal in ["mariam", "saleh", "14 el nasr street", "201000000017"] {
                #expect(!recording.lowercased().contains(personal))
            }
            try await Self.onNewSystem(in: folder) { system, url in
                let replay = try await Self.chaos(["replay", file, "--url", url], system, in: folder)
                #expect(replay.status == .exited(0), "\(replay.log)")
                let again = try await Self.chaos(["replay", file, "--url", url], system, in: folder)
                #expect(again.status == .exited(1), "the stack knows the orders already: \(again.log)")
            }
            var lines = recording.split(separator: "\n")
            lines.remove(at: try #require(lines.firstIndex { $0.contains("orders/cancelled") }))
            let torn = folder.newPath("torn.recording")
            try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: torn))
            try await Self.onNewSystem(in: folder) { system, url in
                let replay = try await Self.chaos(["replay", torn, "--url", url], system, in: folder)
                #expect(replay.status == .exited(1), "\(replay.log)")
                #expect(replay.log.contains("✗"))
            }
        }
    }
}
