import Orders
import TestSystem
import Testing

@Suite("States of jobs", .timeLimit(.minutes(2)))
struct JobStateTests {
    @Test func `a job that is not due yet is scheduled, in the list of its queue and with its order`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([OperationsTests.order(1)]) { console, _ in
                let admin = try await console.signedIn()
                try await system.execute(
                    """
                    INSERT INTO jobs (order_id, queue, key, shop, input, state, run_at)
                    SELECT o.id, 'courier-commands', t.key, o.shop, '{}', 'ready', now() + t.delay::interval
                    FROM orders AS o CROSS JOIN (VALUES ('due', '-1 s'), ('later', '1 h')) AS t (key, delay)
                    """
                )
                func shown(_ jobs: [JSONValue]) -> [String] {
                    jobs.map { "\($0.text("key") ?? "") \($0.text("state") ?? "")" }.sorted()
                }
                for (state, job) in [("ready", "due ready"), ("scheduled", "later scheduled")] {
                    let page = try await admin.get("/api/queues/courier-commands/jobs?state=\(state)")
                    #expect(shown(page.elements("data")) == [job])
                }
                let id = try await system.texts("SELECT id::text FROM orders")[0]
                #expect(shown(try await admin.get("/api/orders/\(id)").elements("jobs")) == ["due ready", "later scheduled"])
            }
        }
    }
}
