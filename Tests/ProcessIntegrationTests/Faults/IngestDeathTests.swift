import Glibc
import LocalServers
import Subprocess
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(10))) struct IngestDeathTests {
    @Test func `what ingest answered 200 is stored, whenever it is killed, and comes again as a duplicate`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                let load = WebhookLoad()
                try await system.withProcess("ingest", in: folder) { ingest in
                    var client = ingest.client
                    // Those who come after the end shall not wait for long.
                    client.timeout = .seconds(1)
                    try await load.during(client) {
                        try await load.wait(for: 200, status: 200)
                        ingest.running.send(SIGKILL)
                        #expect(await ingest.running.ended() == .signaled(SIGKILL))
                    }
                }
                let stored = Set(try await system.storedWebhooks())
                #expect(load.accepted.filter { !stored.contains($0.webhookID) }.isEmpty)
                try await system.withProcess("ingest", in: folder) { ingest in
                    for sent in load.sent {
                        let answer = try await WebhookLoad.send(sent.number, to: ingest.client)
                        #expect(answer.status == 200)
                        // A statement that was on its way when ingest died may have committed after we looked.
                        if stored.contains(sent.webhookID) { #expect(answer.field("status") == "duplicate") }
                    }
                }
                let webhooks = try await system.storedWebhooks()
                #expect(webhooks.count == load.sent.count)
                #expect(Set(webhooks).count == webhooks.count)
                try await system.withOrchestrators(2) { try await system.settled() }
                #expect(try await system.isAuditedOnce())
                #expect(try await system.brokenPromises() == [])
            }
        }
    }
}
