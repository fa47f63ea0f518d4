import ConsoleAPI
import FoundationEssentials
import NIOHTTP1
import Orders
import TestSystem
import Testing

@Suite("The console's API under attack", .timeLimit(.minutes(5)))
struct AttackTests {
    /// A refusal takes milliseconds, and so much only on a machine that is slow and busy. What takes PostgreSQL too long is
    /// cancelled after five seconds and answered 503, which no test here expects.
    private static let patience: Duration = .seconds(15)

    private static let nobody = "00000000-0000-4000-8000-000000000000"

    private static func fill(_ orders: Int) -> String {
        """
        INSERT INTO orders (id, source, shop, ref_id, name, customer, created_at, updated_at)
        SELECT md5(n::text)::uuid, 'shopify', 'test', (7000000 + n)::text, '#' || n,
            jsonb_build_object('name', 'Grace %_\\ ' || n), now() - n * interval '1 second', now() - n * interval '1 second'
        FROM generate_series(1, \(orders)) AS n
        """
    }

    private static func cursor(_ parts: String...) -> String {
        Data(parts.joined(separator: "\u{1F}").utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    /// Sends one request; fails when the answer takes long.
    private static func status(
        _ client: ConsoleClient,
        _ method: HTTPMethod,
        _ path: String,
        json: String? = nil,
        headers: [(String, String)] = []
    ) async throws -> Int {
        let start = ContinuousClock.now
        let answer = try await client.send(method, path, json: json, headers: headers)
        let time = start.duration(to: .now)
        #expect(time < patience, "an answer at once took \(time): \(path.prefix(200))")
        if answer.status >= 400 {
            let error = try answer.json
            #expect(error.text("error")?.isEmpty == false && error.text("requestId") != nil, "\(path.prefix(200))")
        }
        return answer.status
    }

    private static func status(_ client: ConsoleClient, _ path: String, headers: [(String, String)] = []) async throws -> Int {
        try await status(client, .GET, path, headers: headers)
    }

    @Test func `refuses cursors that were changed or made up, in every list that has them`() async throws {
        let forged = [
            "abc", "%00", "=", String(repeating: "A", count: 400), Self.cursor("", ""),
            Self.cursor("9223372036854775807", Self.nobody), Self.cursor("-9223372036854775808", Self.nobody),
            Self.cursor("99999999999999999999", "1"), Self.cursor("9223372036854775807", "9223372036854775807"),
            Self.cursor("9999-99-99 99:99:99+00", Self.nobody), Self.cursor("infinity", Self.nobody),
            Self.cursor("2026-01-18 17:00:00+00", "none"), Self.cursor("1' OR '1'='1", Self.nobody),
            Self.cursor("2026-01-18 17:00:00+00:00", Self.nobody), Self.cursor("NaN", Self.nobody),
            Self.cursor("\u{0}", Self.nobody),
            Self.cursor("x", "y", "z"),
        ]
        try await TestSystem.with { system in
            try await system.execute(Self.fill(20))
            try await system.withConsole { console in
                try await system.listed(20)
                let admin = try await console.signedIn()
                let order = try #require(try await admin.get("/api/orders?limit=1").elements("data").first?.text("id"))
                let bulk = #"{"action":"hold","filter":{"q":"grace"},"expectedCount":20}"#
                let operation = try #require(try await admin.send(.POST, "/api/bulk", json: bulk).json.text("id"))
                let lists = [
                    "/api/orders?", "/api/orders?sort=-total&", "/orders?sort=created&", "/api/orders/\(order)/events?",
                    "/api/bulk?",
                    "/api/dead-letters?", "/api/queues/courier-commands/jobs?state=dead&", "/api/audit?",
                    "/api/queues/courier-commands/jobs?state=done&", "/api/bulk/\(operation)/failures?",
                ]
                for list in lists {
                    for cursor in forged {
                        #expect(try await Self.status(admin, "\(list)cursor=\(cursor)") == 400, "\(list)\(cursor)")
                    }
                    #expect(try await Self.status(admin, "\(list)cursor=\(String(repeating: "A", count: 401))") == 400)
                    #expect(try await Self.status(admin, "\(list)limit=501") == 400)
                }
                // A number beyond all rows is no error: nothing is there.
                #expect(try await Self.status(admin, "/api/audit?cursor=\(Self.cursor("-9223372036854775808"))") == 200)
                #expect(try await Self.status(admin, "/api/orders?offset=1000000") == 200)
                for query in [
                    "offset=1000001", "offset=-1", "offset=1e9", "limit=9223372036854775808", "limit=", "offset=5&cursor=abc",
                ] {
                    #expect(try await Self.status(admin, "/api/orders?\(query)") == 400, "\(query)")
                }
            }
        }
    }

    @Test func `takes what a search asks for as words, however it looks`() async throws {
        let bombs = [
            String(repeating: "%", count: 200), String(repeating: "_", count: 200), "%_%_%_%_%_%", "(a+)+$",
            "^(([a-z])+.)+[A-Z]([a-z])+$",
            String(repeating: "'", count: 200), String(repeating: "\\", count: 200), "':*", "!grace & (a | b) <-> c",
            "a:*|b:*&!c",
            "'; DROP TABLE orders; --", String(repeating: "a ", count: 100), String(repeating: "(", count: 200),
            String(repeating: "\u{10FFFF}", count: 200), String(repeating: "e\u{301}", count: 100), "\u{202E}grace\u{200B}",
            String(repeating: "1", count: 200), "-", "@._+-", "$$1", "\u{FFFE}",
        ]
        try await TestSystem.with { system in
            try await system.execute(Self.fill(2_000))
            try await system.withConsole { console in
                try await system.listed(2_000)
                let admin = try await console.signedIn()
                for bomb in bombs {
                    let text = bomb.utf8.map { "%" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
                    for path in [
                        "/api/orders?sort=ref&q=", "/api/orders/counts?q=", "/api/dead-letters?q=", "/api/dead-letters/groups?q=",
                    ] {
                        #expect(try await Self.status(admin, path + text) == 200, "\(path)\(bomb.prefix(20))")
                    }
                    #expect(try await Self.status(admin, "/api/audit?target=\(text)") == 200)
                    #expect(try await Self.status(admin, "/api/orders?courier=\(text)") == 200)
                }
                #expect(try await Self.status(admin, "/api/orders?q=\(String(repeating: "a", count: 201))") == 400)
                for text in ["%00", "a%00b", "%FF", "%ED%A0%80"] {
                    #expect(try await Self.status(admin, "/api/orders?q=\(text)") == 400, "\(text)")
                }
                #expect(try await system.count("SELECT count(*) FROM orders") == 2_000)
            }
        }
    }

    @Test func `bounds what one filter may ask for`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let admin = try await console.signedIn()
                func ids(_ count: Int) -> String { Array(repeating: "ids=\(Self.nobody)", count: count).joined(separator: "&") }
                #expect(try await Self.status(admin, "/api/orders?\(ids(300))") == 200)
                let filter =
                    #"{"filter":{"ids":[\#(Array(repeating: "\"\(Self.nobody)\"", count: 1_001).joined(separator: ","))]}"#
                #expect(
                    try await Self.status(admin, .POST, "/api/bulk", json: #"\#(filter),"action":"hold","dryRun":true}"#) == 400
                )
                for query in [
                    ids(301), Array(repeating: "courier=x", count: 21).joined(separator: "&"),
                    "courier=\(String(repeating: "x", count: 201))",
                    Array(repeating: "q=x", count: 1_200).joined(separator: "&"), "updatedFrom=1969-12-31T23:59:59Z",
                    "updatedTo=",
                    "updatedFrom=2026-02-30T00:00:00Z", "ids=x", "attention=1", "limit=5&limit=6",
                ] {
                    #expect(try await Self.status(admin, "/api/orders?\(query)") == 400, "\(query.prefix(60))")
                }
            }
        }
    }

    @Test func `refuses bodies that are too large, too deep or no JSON, and keeps none of what they bring`() async throws {
        try await TestSystem.with { system in
            try await system.execute(Self.fill(1))
            // Nobody merges.
            try await system.withConsole(mergePatience: .milliseconds(100)) { console in
                try await system.listed(1)
                let admin = try await console.signedIn()
                let order = try #require(try await admin.get("/api/orders?limit=1").elements("data").first?.text("id"))
                let version = ("If-Match", "\"0\"")
                func edit(_ set: String, _ headers: [(String, String)] = []) async throws -> Int {
                    try await Self.status(admin, .PATCH, "/api/orders/\(order)", json: set, headers: headers + [version])
                }
                func address(_ json: String) -> String { #"{"set":{"shippingAddress":\#(json)}}"# }
                #expect(try await edit(#"{"set":{"note":"\#(String(repeating: "x", count: 300_000))"}}"#) == 413)
                #expect(try await edit(#"{"set":{"note":"\#(String(repeating: "x", count: 4_001))"}}"#) == 400)
                for json in [
                    "", "[]", "null", "{", #"{"set":"#, #"{"set":{"note":1}}"#, #"{"set":{"note":"a"}}x"#,
                    #"{"set":{"nothing":"a"}}"#,
                    #"{"set":{}}"#, #"{"set":{"note":"a"},"reason":null}"#, #"{"set":{"hold":null}}"#,
                    address(String(repeating: "[", count: 5_000)), address(#"{"a":{"b":1}}"#), address(#"{"a":1e999999}"#),
                    address(#"{"a":-1e-999999999999999999999999999999999999999}"#),
                    address(#"{"a":"\#(String(repeating: "x", count: 501))"}"#),
                    address("{\((0..<41).map { "\"\($0)\":1" }.joined(separator: ","))}"),
                    #"{"set":{"note":"a"},"reason":"\#(String(repeating: "x", count: 501))"}"#,
                    "{\((0..<21_000).map { "\"\($0)\":1" }.joined(separator: ","))}",
                ] {
                    #expect(try await edit(json) == 400, "\(json.prefix(80))")
                }
                for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
                    #expect(try await edit(#"{"set":{"note":"a"}}"#, [("Content-Type", type)]) == 415, "\(type)")
                }
                for match in ["", "*", "\"-1\"", "\"9223372036854775808\"", "\"1\", \"2\"", "\"x\""] {
                    let refused = try await Self.status(
                        admin,
                        .PATCH,
                        "/api/orders/\(order)",
                        json: #"{"set":{"note":"a"}}"#,
                        headers: [("If-Match", match)]
                    )
                    #expect(refused == 400, "\(match)")
                }
                #expect(try await system.count("SELECT count(*) FROM event_store") == 0)

                // What cannot be kept is kept as what stands for it.
                let hostile = #"{"name":"a\u0000\ud800<\/script>","address1":"\u202e","note":null,"latitude":52.5}"#
                #expect(try await edit(address(hostile)) == 202)
                let stored = try await system.texts(
                    "SELECT after->'shipping_address'->>'name' FROM operator_audit WHERE action = 'order.edit'"
                )
                #expect(stored == ["a\u{FFFD}\u{FFFD}</script>"])
            }
        }
    }

    @Test func `does not wait for whoever sends a body byte by byte`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole(settings: ["CONSOLE_REQUEST_TIMEOUT_MS": "200"]) { console in
                let head = """
                    POST /api/session HTTP/1.1\r\nHost: 127.0.0.1:\(console.port)\r\nOrigin: http://127.0.0.1:\(console.port)\r\n\
                    X-Requested-With: console\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"name":
                    """
                let answers = try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<50 { group.addTask { try await RawConnection.send(head, to: console.port) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 408") && $0.contains(#""code":"request_timeout""#) })
                #expect(try await console.anonymous.send(.GET, "/health").status == 200)
            }
        }
    }

    @Test func `answers what is no proper HTTP with 400 and hangs up`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let host = "Host: 127.0.0.1:\(console.port)\r\n"
                for request in [
                    "GET /health HTTP/1.1\r\n\(host)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\n\r\n",
                    "GET /health HTTP/1.1\r\n\(host)Content-Length: -1\r\n\r\n", "GET /health\r\n\(host)\r\n\r\n",
                    "GET /health HTTP/1.1\r\n\(host)X: \(String(repeating: "x", count: 40_000))\r\n\r\n",
                    "GET /health HTTP/1.1\r\n\(host)\((0..<200).map { "X-\($0): y\r\n" }.joined())\r\n",
                    "\u{16}\u{3}\u{1}\u{0}\r\n\r\n",
                ] {
                    let answer = try await RawConnection.send(request, to: console.port)
                    #expect(answer.hasPrefix("HTTP/1.1 4") || answer.isEmpty, "\(request.prefix(60)) gets \(answer.prefix(80))")
                    #expect(!answer.contains("healthy"), "\(request.prefix(60))")
                }
                #expect(try await console.anonymous.send(.GET, "/health").status == 200)
            }
        }
    }

    @Test func `is not called by pages of other sites, whatever they leave out or put in`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let admin = try await console.signedIn()
                let path = "/api/queues/courier-commands/pause"
                for origin in [
                    "http://127.0.0.1:\(console.port).evil.example", "http://evil.example:\(console.port)", "http://127.0.0.1",
                    "null", "",
                    "http://127.0.0.1:\(console.port)/", "http://user@127.0.0.1:\(console.port)", "file://",
                ] {
                    let headers = [("Origin", origin), ("Sec-Fetch-Site", "same-origin")]
                    #expect(try await Self.status(admin, .POST, path, headers: headers) == 403, "\(origin)")
                }
                for proof in ["XMLHttpRequest", "Console ", ""] {
                    #expect(try await Self.status(admin, .POST, path, headers: [("X-Requested-With", proof)]) == 403, "\(proof)")
                }
                // Neither a GET nor a header stands for another method.
                #expect(try await Self.status(admin, path, headers: [("X-HTTP-Method-Override", "POST")]) == 405)
                #expect(try await Self.status(admin, "\(path)?_method=POST") == 405)
                #expect(try await system.count("SELECT count(*) FROM queue_states") == 0)
                // Nobody is signed in as somebody else from another site.
                let right = #"{"name":"admin","password":"\#(ConsoleSystem.adminPassword)"}"#
                let foreign = [("Origin", "https://evil.example")]
                #expect(try await Self.status(console.anonymous, .POST, "/api/session", json: right, headers: foreign) == 403)
                let form = [("Content-Type", "text/plain")]
                #expect(try await Self.status(console.anonymous, .POST, "/api/session", json: right, headers: form) == 415)
            }
        }
    }

    @Test func `gives every sign-in a session of its own, whatever cookie was planted before`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let planted = "orders_console=\(String(repeating: "a", count: 43))"
                var victim = console.anonymous
                victim.cookie = planted
                let right = #"{"name":"admin","password":"\#(ConsoleSystem.adminPassword)"}"#
                let answer = try await victim.send(.POST, "/api/session", json: right)
                let given = try #require(answer.headers.first(name: "set-cookie")).split(separator: ";")[0]
                #expect(answer.status == 200 && given != planted)
                #expect(try await Self.status(victim, "/api/session") == 401)
                victim.cookie = String(given)
                #expect(try await Self.status(victim, "/api/session") == 200)
                // A second cookie of the name gets nobody in, and signing in again ends nothing but makes another.
                victim.cookie = "\(planted); \(given)"
                #expect(try await Self.status(victim, "/api/session") == 401)
                #expect(try await console.signedIn().cookie != String(given))
                for cookie in [
                    "orders_console=", "orders_console", "orders_console=\(String(repeating: "a", count: 5_000))", "=;=;=",
                ] {
                    victim.cookie = cookie
                    #expect(try await Self.status(victim, "/api/session") == 401, "\(cookie.prefix(40))")
                }
                for header in [
                    "Bearer", "Bearer ", "Basic YWRtaW46YWRtaW4=", "Bearer \(String(repeating: "a", count: 5_000))", "Bearer a b",
                ] {
                    #expect(
                        try await Self.status(console.anonymous, "/api/session", headers: [("Authorization", header)]) == 401,
                        "\(header)"
                    )
                }
            }
        }
    }

    @Test func `writes files that no spreadsheet computes with and no XML parser chokes on`() async throws {
        let names = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "＝1", "\"=1", "a,b\n=1", "]]><x/>&amp;", "\u{1}\u{B}\u{FFFE}ok"]
        try await TestSystem.with { system in
            for (number, name) in names.enumerated() {
                let bytes = name.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
                try await system.execute(
                    """
                    INSERT INTO orders (id, source, shop, ref_id, name, customer, created_at, updated_at)
                    VALUES (md5('\(number)')::uuid, 'shopify', 'test', '\(number)', '#\(number)',
                        jsonb_build_object('name', convert_from('\\x\(bytes)'::bytea, 'UTF8')), now(), now())
                    """
                )
            }
            try await system.withConsole { console in
                try await system.listed(names.count)
                let admin = try await console.signedIn()
                let csv = try await admin.send(.GET, "/api/export/orders?columns=customerName&sort=ref").text.dropFirst()
                // Formulas begin behind a separator or a line's end, with or without the quote of a field.
                for start in ["=", "+", "-", "@", "\t", "＝"] {
                    for before in ["\r\n", ",", "\r\n\"", ",\""] { #expect(!csv.contains(before + start), "\(before)\(start)") }
                }
                #expect(csv.contains(#""'=1+1""#) && csv.contains("\"\"\"=1\""))
                let sheet = try await admin.send(.GET, "/api/export/orders?format=xlsx&columns=customerName")
                #expect(sheet.status == 200 && sheet.body.starts(with: Array("PK".utf8)))
            }
        }
    }
}
