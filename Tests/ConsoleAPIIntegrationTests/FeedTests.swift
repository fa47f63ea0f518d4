import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOWebSocket
import Orders
import Postgres
import TestSystem
import Testing

private enum FeedStatement {
    static let change = Statement(
        "test_feed_change",
        "INSERT INTO order_changes (order_id, version) SELECT id, version FROM orders"
    )
    static let logEnd = Statement("test_feed_log_end", "SELECT pg_current_wal_insert_lsn()::text")
}

@Suite("The console's live feed", .timeLimit(.minutes(5)))
struct FeedTests {
    private static func order(_ id: Int, at second: Int) -> String {
        let time = "2026-01-18T17:\(second / 60 + 10):\(second % 60 < 10 ? "0" : "")\(second % 60)Z"
        return #"{"id":\#(8_000_000 + id),"financial_status":"paid","total_price":"\#(second).00","updated_at":"\#(time)"}"#
    }

    @Test func `tells every committed change in the order of the log, as older clients know it`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([]) { console, sender in
                let admin = try await console.signedIn()
                try await SyncClient.following(admin) { messages in
                    #expect(try await messages.next()?.event == "HELLO")
                    _ = try await sender.shopify(Self.order(1, at: 1))
                    let first = try #require(try await messages.next())
                    #expect(first.event == "ORDER_SYNCED" && first.payload?.text("shopifyOrderId") == "8000001")
                    #expect(first.payload?["shippingFee"]?.kind == .number && first.payload?.integer("version") == 1)
                    _ = try await sender.shopify(Self.order(1, at: 2))
                    let second = try #require(try await messages.next())
                    #expect(second.seq > first.seq && second.payload?.integer("version") == 2)
                }
            }
        }
    }

    @Test func `resumes without a gap while orders are merged, however often the connection breaks`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([]) { console, sender in
                let admin = try await console.signedIn()
                let (orders, rounds) = (10, 12)
                async let sent: Void = {
                    for round in 1...rounds {
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for id in 1...orders { group.addTask { _ = try await sender.shopify(Self.order(id, at: round)) } }
                            try await group.waitForAll()
                        }
                    }
                }()
                var versions: [String: Int64] = [:]
                var seen: [Int64] = []
                var place: Int64 = 0
                while versions.count < orders || versions.values.contains(where: { $0 < rounds }) {
                    // A few messages, then the connection is dropped without a word.
                    try await SyncClient.following(admin, "/sync?since=\(place)") { messages in
                        var left = 7
                        let hello = try await messages.next()
                        #expect(hello?.event == "HELLO" && hello?.seq == place)
                        while left > 0, let message = try await messages.next() {
                            #expect(message.event == "ORDER_SYNCED")
                            left -= 1
                            place = message.seq
                            seen.append(message.seq)
                            let order = message.payload?.text("id") ?? ""
                            #expect(message.payload?.integer("version") ?? 0 >= versions[order] ?? 0)
                            versions[order] = message.payload?.integer("version")
                            if versions.count == orders, !versions.values.contains(where: { $0 < rounds }) { break }
                        }
                    }
                }
                try await sent
                #expect(seen == seen.sorted() && Set(seen).count == seen.count)
                let committed = try await system.texts(
                    "SELECT seq::text FROM order_changes WHERE seq <= \(place) ORDER BY order_changes.seq"
                )
                #expect(seen == committed.compactMap(Int64.init))
            }
        }
    }

    @Test func `comes in frames of many orders, each once, when asked to`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([]) { console, sender in
                let admin = try await console.signedIn()
                try await SyncClient.following(admin, "/sync?batch=100&since=0") { messages in
                    #expect(try await messages.next()?.event == "HELLO")
                    for second in 1...5 { _ = try await sender.shopify(Self.order(1, at: second)) }
                    _ = try await sender.shopify(Self.order(2, at: 1))
                    var latest: [String: Int64] = [:]
                    while latest["8000001"] != 5 || latest["8000002"] != 1 {
                        let message = try #require(try await messages.next())
                        guard message.event == "BATCH" else { continue }
                        let payload = try #require(message.payload)
                        #expect(Set(payload.elements.compactMap { $0.text("id") }).count == Array(payload.elements).count)
                        for order in payload.elements {
                            #expect(order.text("orderStatus") == "CONFIRMED")
                            latest[order.text("shopifyOrderId") ?? ""] = order.integer("version")
                        }
                    }
                }
            }
        }
    }

    /// Whoever has seen the later number would never ask for the earlier one again.
    @Test func `tells a change that is committed late before those that had to wait for it`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([Self.order(1, at: 1), Self.order(2, at: 1)]) { console, sender in
                let admin = try await console.signedIn()
                try await SyncClient.following(admin) { messages in
                    #expect(try await messages.next()?.event == "HELLO")
                    let late = try await system.patientConnection()
                    try await late.execute(
                        script: """
                            BEGIN;
                            SELECT pg_advisory_xact_lock(hashtext('order_changes ' || current_schema()));
                            INSERT INTO order_changes (order_id, version) SELECT id, version FROM orders WHERE ref_id = '8000001'
                            """
                    )
                    _ = try await sender.shopify(Self.order(2, at: 2))
                    // A merge that does not wait for it is over soon.
                    let waiting = """
                        SELECT count(*) FROM pg_stat_activity WHERE \(await late.processID) = ANY (pg_blocking_pids(pid))
                        """
                    let unmerged = "SELECT count(*) FROM unapplied_events"
                    while try await system.count(waiting) == 0, try await system.count(unmerged) > 0 { try await Moment.pass() }
                    let waits = try await system.count(waiting)
                    try await late.execute(script: "COMMIT")
                    await late.close()
                    try #require(waits > 0)
                    let first = try #require(try await messages.next())
                    let second = try #require(try await messages.next())
                    #expect(first.payload?.text("shopifyOrderId") == "8000001" && first.seq < second.seq)
                    #expect(second.payload?.text("shopifyOrderId") == "8000002" && second.payload?.integer("version") == 2)
                }
            }
        }
    }

    @Test func `ends with the session of whoever follows it`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole(pingInterval: .milliseconds(50)) { console in
                let admin = try await console.signedIn()
                try await SyncClient.following(admin) { messages in
                    #expect(try await messages.next()?.event == "HELLO")
                    try await system.execute("UPDATE console_sessions SET expires_at = now()")
                    #expect(try await messages.next() == nil)
                    #expect(messages.closeCode == 1008)
                }
            }
        }
    }

    @Test func `tells nothing that a crash of PostgreSQL could still undo`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([]) { console, sender in
                let admin = try await console.signedIn()
                _ = try await sender.shopify(Self.order(1, at: 1))
                try await system.settled()
                try await SyncClient.following(admin) { messages in
                    #expect(try await messages.next()?.event == "HELLO")
                    for _ in 1...20 {
                        let place = try await Self.change(system)
                        #expect(try await messages.next()?.event == "ORDER_SYNCED")
                        #expect(try await system.texts("SELECT (pg_current_wal_flush_lsn() > '\(place)')::text") == ["true"])
                    }
                }
            }
        }
    }

    @Test func `greets nobody with a place that a crash of PostgreSQL could still undo`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([Self.order(1, at: 1)]) { console, _ in
                let admin = try await console.signedIn()
                var greetings = 0
                while greetings < 10 {
                    let place = try await Self.change(system)
                    let last = try await system.count("SELECT max(seq) FROM order_changes")
                    try await SyncClient.following(admin) { messages in
                        // While the follower before it is not gone, it is told what that one knows.
                        guard try await messages.next()?.seq == last else { return }
                        #expect(try await system.texts("SELECT (pg_current_wal_flush_lsn() > '\(place)')::text") == ["true"])
                        greetings += 1
                    }
                }
            }
        }
    }

    /// Announces an order as orchestrators do; returns where the record of the commit begins, at the earliest.
    private static func change(_ system: TestSystem) async throws -> String {
        try await system.pool.withConnection { connection in
            try connection.transaction(durability: .deferred) { transaction in
                try transaction.query(FeedStatement.change)
                return try transaction.query(FeedStatement.logEnd)[0].decode(0, as: String.self)
            }
        }
    }

    @Test func `sends whoever is too far behind, or before the log, to read anew`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let admin = try await console.signedIn()
                try await system.execute(
                    """
                    INSERT INTO order_changes (order_id, version) SELECT gen_random_uuid(), 1 FROM generate_series(1, 6000);
                    DELETE FROM order_changes WHERE seq <= 100
                    """
                )
                for since in [0, 99, 500, 9_000] {
                    try await SyncClient.following(admin, "/sync?since=\(since)") { messages in
                        #expect(try await messages.next()?.event == "HELLO")
                        let message = try #require(try await messages.next())
                        #expect(message.event == "RESYNC" && message.seq == 6_000, "\(since)")
                    }
                }
                let changes = try await admin.get("/api/changes?since=50")
                #expect(changes.flag("resync") == true && changes.integer("next") == 6_000)
                let page = try await admin.get("/api/changes?since=5900&limit=10")
                #expect(page.flag("resync") == false && page.integer("next") == 5_910)
            }
        }
    }

    @Test
    func `is refused without a session, from a foreign page, beyond its limit, and for what is no WebSocket`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole(settings: ["CONSOLE_MAX_FEEDS": "1"]) { console in
                let admin = try await console.signedIn()
                func status(_ client: ConsoleClient, _ path: String = "/sync") async throws -> Int {
                    var headers = [
                        ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
                        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
                    ]
                    if let origin = client.origin { headers.append(("Origin", origin)) }
                    // A connection of its own, as every WebSocket has.
                    let http = HTTPClient(eventLoopGroupProvider: .singleton)
                    let answer = try await client.send(.GET, path, headers: headers, over: http)
                    try await http.shutdown()
                    return answer.status
                }
                #expect(try await status(console.anonymous) == 401)
                var foreign = admin
                foreign.origin = "https://evil.example"
                #expect(try await status(foreign) == 403)
                foreign.origin = nil
                #expect(try await status(foreign) == 403)
                #expect(try await status(admin, "/sync?since=x") == 400)
                #expect(try await status(admin, "/sync?batch=7") == 400)
                #expect(try await admin.send(.GET, "/sync").status == 426)
                // On a connection that has served something else it is refused, and the connection is not used again.
                let upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket")]
                #expect(try await admin.send(.GET, "/api/session", headers: upgrade).headers.first(name: "connection") == "close")

                try await SyncClient.following(admin) { messages in
                    #expect(try await messages.next()?.event == "HELLO")
                    try await SyncClient.following(admin) { (second: inout SyncClient.Messages) in
                        let isClosed = try await second.next() == nil
                        #expect(isClosed && second.closeCode == 1013)
                    }
                    // Frames mean nothing to the server, and one that is too large ends the connection.
                    let mask = WebSocketMaskingKey(arrayLiteral: 1, 2, 3, 4)
                    try await messages.outbound.write(
                        WebSocketFrame(fin: true, opcode: .text, maskKey: mask, data: ByteBuffer(string: "hi"))
                    )
                    let large = ByteBuffer(repeating: 0x20, count: 20_000)
                    try await messages.outbound.write(WebSocketFrame(fin: true, opcode: .text, maskKey: mask, data: large))
                    #expect(try await messages.next() == nil)
                }
            }
        }
    }

    @Test func `is there as server-sent events too`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([Self.order(1, at: 1)], settings: [:]) { console, sender in
                let admin = try await console.signedIn()
                _ = try await sender.shopify(Self.order(2, at: 1))
                let text = try await EventStreamReader.read(admin, "/api/events?since=0", until: "8000002")
                #expect(text.contains("event: HELLO") && text.contains("id: 1\nevent: ORDER_SYNCED\ndata: {"))
                let resumed = try await EventStreamReader.read(
                    admin,
                    "/api/events",
                    headers: [("Last-Event-ID", "1")],
                    until: "8000002"
                )
                #expect(!resumed.contains("8000001"))
            }
        }
    }
}
