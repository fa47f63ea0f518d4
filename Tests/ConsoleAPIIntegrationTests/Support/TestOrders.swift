import Orders
import TestSystem

/// Orders for tests, by way of real webhooks.
extension TestSystem {
    /// Runs ingest, an orchestrator and a console, with these webhooks merged and listed.
    func withOrders(
        _ bodies: [String],
        settings: [String: String] = [:],
        _ body: (ConsoleSystem, TestClient) async throws -> Void
    ) async throws {
        try await withIngest(settings: ["COURIER_NATIVE_AUTH": "none"]) { sender in
            try await withOrchestrators {
                try await withConsole(settings: settings) { console in
                    for text in bodies { _ = try await sender.shopify(text) }
                    try await settled()
                    try await listed(bodies.count)
                    try await body(console, sender)
                }
            }
        }
    }

    /// Returns when the console's list has that many orders, and all of them as they are.
    func listed(_ count: Int) async throws {
        let ready = """
            SELECT count(*) FROM order_list AS l JOIN orders AS o ON o.id = l.order_id
            WHERE l.updated_at = o.updated_at AND (SELECT order_id IS NULL FROM console_progress WHERE task = 'order_list')
            """
        while try await self.count(ready) < count { try await Moment.pass() }
    }
}
