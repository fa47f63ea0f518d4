import Logging
import NIOHTTP1
import Orders
import TestLog
import TestSystem
import Testing

@Suite("A client of the console that takes nothing", .timeLimit(.minutes(5)))
struct SlowClientTests {
    /// Far more than fits between two sockets.
    private static let orders = 20_000

    private static let fill = """
        INSERT INTO orders (id, source, shop, ref_id, name, customer, created_at, updated_at)
        SELECT md5(n::text)::uuid, 'shopify', 'test', (7000000 + n)::text, '#' || n,
            jsonb_build_object('name', repeat('Grace ', 40)), now() - n * interval '1 second', now() - n * interval '1 second'
        FROM generate_series(1, \(orders)) AS n
        """

    private static let webSocket = [
        ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]

    @Test(
        arguments: ["/sync", "/api/events"]
    )
    func `is told to read anew when it comes back to the feed, because nothing was kept for it`(path: String) async throws {
        try await TestSystem.with { system in
            try await system.execute(Self.fill)
            try await system.withConsole { console in
                let admin = try await console.signedIn()
                let stalled = try await StalledClient.get(
                    admin,
                    "\(path)?since=0",
                    headers: path == "/sync" ? Self.webSocket : []
                )
                // Whoever follows closely sees everything meanwhile.
                try await SyncClient.following(admin, "/sync?batch=100") { messages in
                    #expect(try await messages.next()?.event == "HELLO")
                    var place: Int64 = 0
                    for round in 1...6 {
                        try await system.execute(
                            "INSERT INTO order_changes (order_id, version) SELECT id, 1 FROM orders LIMIT 4000"
                        )
                        while place < round * 4_000 { place = try #require(try await messages.next()).seq }
                    }
                }
                #expect(try await stalled.resume(until: "RESYNC"))
                await stalled.close()
            }
        }
    }

    @Test func `gets the rest of an export as it is when it goes on, because nothing was made ahead`() async throws {
        try await TestSystem.with { system in
            try await system.execute(Self.fill)
            try await system.withConsole { console in
                try await system.listed(Self.orders)
                let admin = try await console.signedIn()
                let stalled = try await StalledClient.get(admin, "/api/export/orders?format=csv&sort=-created")
                while try await system.count("SELECT count(*) FROM operator_audit WHERE action = 'export'") == 0 {
                    try await Moment.pass()
                }
                // The last row of all, long after the export began.
                _ = try await admin.get("/api/orders?limit=500")
                try await system.execute("UPDATE orders SET name = '#changed' WHERE ref_id = '\(7_000_000 + Self.orders)'")
                #expect(try await stalled.resume(until: "#changed"))
                await stalled.close()
            }
        }
    }

    @Test func `loses its place among the exports after a while, and others get it`() async throws {
        try await TestSystem.with { system in
            try await system.execute(Self.fill)
            let log = LogLines(level: .trace)
            var logged = system
            logged.logger = log.logger
            try await logged.withConsole(settings: ["CONSOLE_SEND_TIMEOUT_MS": "2000"]) { console in
                try await system.listed(Self.orders)
                let admin = try await console.signedIn()
                let path = "/api/export/orders?format=csv"
                let lastRow = ",#\(Self.orders),"
                var stalled: [StalledClient] = []
                for _ in 1...4 { stalled.append(try await StalledClient.get(admin, path)) }
                // Hummingbird says so of each connection that ended under its answer. What a client has not taken is no sign: a
                // connection that was closed looks to it like one that stands still.
                while log.lines.count(where: { $0.contains("Failed to read/write to Channel") }) < stalled.count {
                    try await Moment.pass()
                }
                let export = try await admin.send(.GET, path)
                #expect(export.status == 200 && export.text.contains(lastRow))
                for client in stalled {
                    #expect(try await !client.resume(until: lastRow))
                    await client.close()
                }
            }
        }
    }
}
