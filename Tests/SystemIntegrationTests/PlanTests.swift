import EventStore
import Orders
import Postgres
import TestSystem
import Testing

/// What the benchmarks do not show, whose first batches are large.
@Suite(.timeLimit(.minutes(3))) struct PlanTests {
    private static let plans = Statement(
        "plans_of_append",
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name LIKE 'event_append%'"
    )

    @Test func `a connection that stores one event at a time plans its statement once`() async throws {
        try await TestSystem.with { system in
            var database = system.database
            database.serverSettings = PlannerSettings.batches
            let connection = try await PostgresConnection.connect(database, logger: system.logger)
            for number in 1...20 {
                let event = try IncomingEvent.shopify(
                    ShopifyHeaders(topic: "orders/updated", shopDomain: "test.myshopify.com", webhookID: "\(number)"),
                    body: Array(#"{"id":\#(number)}"#.utf8),
                    receivedAt: try #require(Instant(iso8601: "2026-01-18T17:00:00Z")),
                    defaultShop: "test.myshopify.com"
                )
                #expect(try await EventAppend.append([event], on: connection) == [.accepted])
            }
            let executions = try await connection.query(Self.plans).map {
                try [$0.decode(0, as: Int64.self), $0.decode(1, as: Int64.self)]
            }
            await connection.close()
            #expect(executions == [[20, 0]], "with the plan that is kept, and planned for their values")
        }
    }
}
