import ConsoleAPI
import NIOHTTP1
import Orders
import TestSystem
import Testing

@Suite("What is written down of what operators do", .timeLimit(.minutes(2)))
struct OperatorRecordTests {
    @Test func `nothing is done that cannot be written down`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders((1...2).map(OperationsTests.order)) { console, _ in
                let admin = try await console.signedIn()
                try await system.execute(OperationsTests.giveUp)
                let id = try #require(try await admin.get("/api/orders").elements("data").first?.text("id"))
                try await system.refuse("INSERT ON operator_audit", when: "NEW.id > 0", saying: "no records in this house")
                let all = #"{"filter":{},"expectedCount":2}"#
                let changes: [(HTTPMethod, String, String?)] = [
                    (.POST, "queues/courier-commands/pause", nil), (.POST, "dead-letters/requeue", all),
                    (.POST, "dead-letters/discard", all), (.POST, "orders/\(id)/retry", nil),
                    (.POST, "bulk", #"{"action":"hold","filter":{},"expectedCount":2}"#),
                    (.POST, "users", #"{"name":"vera","role":"viewer","password":"a long password"}"#),
                    (.PATCH, "users/admin", #"{"password":"another long password"}"#),
                    (.POST, "tokens", #"{"name":"stock","role":"viewer"}"#),
                    (.POST, "views", #"{"name":"Late","page":"orders","query":""}"#),
                    (.POST, "unmapped/mappings", #"{"provider":"native","status":"on_a_boat","normalised":"in_transit"}"#),
                    (.DELETE, "session", nil),
                ]
                for (method, path, body) in changes {
                    #expect(try await admin.send(method, "/api/\(path)", json: body).status >= 500, "\(path)")
                }
                let done = """
                    SELECT (SELECT count(*) FROM queue_states WHERE paused_at IS NOT NULL) + (SELECT count(*) FROM finished_jobs)
                        + (SELECT count(*) FROM jobs WHERE state <> 'dead') + (SELECT count(*) FROM bulk_operations)
                        + (SELECT count(*) FROM console_users) - 1 + (SELECT count(*) FROM console_tokens)
                        + (SELECT count(*) FROM console_views) + (SELECT count(*) FROM courier_statuses)
                    """
                #expect(try await system.count(done) == 0)
                // Nor has the session ended.
                #expect(try await admin.send(.GET, "/api/session").status == 200)
            }
        }
    }
}
