import LocalServers
import Subprocess
import Testing

@Suite(.timeLimit(.minutes(10))) struct ConfigurationFaultTests {
    private static let secrets = ["hunter2", "tops3cret"]
    private static let bad = [
        "LOG_LEVEL": "loud", "ADMIN_PORT": "0", "STREAM_MAX_ENTRIES": "few", "DATABASE_URL": "mysql://orders:tops3cret@db/orders",
        "REDIS_URL": "http://:hunter2@redis",
    ]

    @Test(arguments: [
        ("ingest", ["INGEST_WRITERS": "0", "PORT": "70000", "SHOPIFY_WEBHOOK_SECRETS": ""]),
        ("orchestrator", ["ORCHESTRATOR_LANES": "-1", "RELAY_AFTER_MS": "soon"]),
    ])
    func `every fault of the configuration is reported at once, without a secret`(name: String, more: [String: String])
        async throws
    {
        try await TestFolder.with { folder in
            let faults = Self.bad.merging(more) { $1 }
            let program = try await ServiceProgram.launch(name, faults, in: folder).running
            #expect(await program.ended() == .exited(78))
            for key in faults.keys { #expect(program.log.contains("\(key)"), "\(program.log)") }
            for secret in Self.secrets { #expect(!program.log.contains(secret)) }
            #expect(!program.log.contains("The process starts"))
        }
    }
}
