import ConsoleAPI
import NIOHTTP1
import Orders
import TestSystem
import Testing

@Suite("Signing in at the console", .timeLimit(.minutes(5)))
struct SignInTests {
    @Test func `shows nothing without it but the health, the description and the pages`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                for path in ["/api/orders", "/api/overview", "/api/users", "/api/changes", "/orders", "/api/session", "/sync"] {
                    let answer = try await console.anonymous.send(.GET, path)
                    #expect(answer.status == 401, "\(path)")
                    #expect(try answer.json["code"]?.string == "unauthenticated")
                }
                #expect(try await console.anonymous.send(.GET, "/health").status == 200)
                #expect(try await console.anonymous.get("/openapi.json")["openapi"]?.string == "3.1.0")
                for path in ["/", "/orders/some-order", "/queues"] {
                    let page = try await console.anonymous.send(.GET, path, headers: [("Accept", "text/html")])
                    #expect(page.status == 200, "\(path)")
                    #expect(page.headers.first(name: "content-type") == "text/html; charset=utf-8")
                    #expect(page.headers.first(name: "content-security-policy")?.hasPrefix("default-src 'none'") == true)
                }
            }
        }
    }

    @Test func `gives a cookie that scripts and other sites cannot use, and takes it back`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let wrong = #"{"name":"admin","password":"not the password"}"#
                #expect(try await console.anonymous.send(.POST, "/api/session", json: wrong).status == 401)
                let nobody = #"{"name":"nobody","password":"not the password"}"#
                #expect(try await console.anonymous.send(.POST, "/api/session", json: nobody).status == 401)

                let right = #"{"name":"admin","password":"\#(ConsoleSystem.adminPassword)"}"#
                let answer = try await console.anonymous.send(.POST, "/api/session", json: right)
                let cookie = try #require(answer.headers.first(name: "set-cookie"))
                #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains("Secure"))
                #expect(try answer.json["user"]?.text("role") == "admin")

                let admin = try await console.signedIn()
                #expect(try await admin.get("/api/session")["user"]?.text("name") == "admin")
                #expect(try await admin.send(.DELETE, "/api/session").status == 204)
                #expect(try await admin.send(.GET, "/api/session").status == 401)
                #expect(try await system.count("SELECT count(*) FROM operator_audit WHERE action = 'session.refused'") == 2)
            }
        }
    }

    @Test func `is refused for a while after too many wrong passwords`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let wrong = #"{"name":"ana","password":"not the password"}"#
                var statuses: [Int] = []
                for _ in 0..<11 { statuses.append(try await console.anonymous.send(.POST, "/api/session", json: wrong).status) }
                #expect(statuses == Array(repeating: 401, count: 10) + [429])
                let answer = try await console.anonymous.send(.POST, "/api/session", json: wrong)
                #expect(answer.headers.first(name: "retry-after").flatMap(Int.init) ?? 0 > 0)
            }
        }
    }

    @Test func `lets every role do what it may and no more, on every route there is`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let admin = try await console.signedIn()
                let clients: [(Role, ConsoleClient)] = [
                    (.viewer, try await console.person("vera", .viewer, by: admin)),
                    (.operator, try await console.person("otto", .operator, by: admin)), (.admin, admin),
                ]
                var forged = admin
                forged.origin = "https://evil.example"
                for route in console.routes {
                    guard case .role(let needed) = route.access else { continue }
                    let method = HTTPMethod(rawValue: String(route.name.prefix { $0 != " " }))
                    let path = route.path.replacing("{id}", with: "00000000-0000-4000-8000-000000000000")
                        .replacing("{queue}", with: "courier-commands").replacing("{name}", with: "vera")
                    let body = method == .GET ? nil : "{}"
                    #expect(try await console.anonymous.send(method, path, json: body).status == 401, "\(route.name)")
                    for (role, client) in clients where role < needed {
                        #expect(try await client.send(method, path, json: body).status == 403, "\(role) \(route.name)")
                    }
                    guard method != .GET else { continue }
                    #expect(try await forged.send(method, path, json: body).status == 403, "\(route.name)")
                }
                #expect(
                    try await system.count(
                        "SELECT count(*) FROM operator_audit WHERE action NOT IN ('session.begin', 'user.add')"
                    ) == 0
                )

                // What a viewer may change is theirs alone.
                let own: Set = [
                    "DELETE /api/session", "PUT /api/session/password", "POST /api/views", "PUT /api/views/{id}",
                    "DELETE /api/views/{id}",
                ]
                let changing = console.routes.filter { !$0.name.hasPrefix("GET ") && $0.access == .role(.viewer) }
                #expect(Set(changing.map(\.name)) == own)
                for (role, client) in clients {
                    let isRefused = try await client.send(.POST, "/api/queues/courier-commands/pause").status == 403
                    #expect(isRefused == (role == .viewer))
                    #expect((try await client.send(.GET, "/api/users").status == 200) == (role == .admin))
                }
            }
        }
    }

    @Test func `ends on every device when asked to, and over TLS takes no cookie that a sister site could set`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole(settings: ["CONSOLE_TRUST_PROXY": "true"]) { console in
                let here = try await console.signedIn()
                let there = try await console.signedIn()
                #expect(here.cookie != there.cookie)
                let tls = [("X-Forwarded-Proto", "https")]
                #expect(try await here.send(.GET, "/api/session", headers: tls).status == 401)
                var secure = here
                secure.cookie = here.cookie.map { "__Host-\($0)" }
                #expect(try await secure.send(.GET, "/api/session", headers: tls).status == 200)
                #expect(try await secure.send(.GET, "/api/session").status == 401)

                #expect(try await here.send(.DELETE, "/api/session?everywhere=true").status == 204)
                #expect(try await there.send(.GET, "/api/session").status == 401)
                #expect(try await system.count("SELECT count(*) FROM operator_audit WHERE action = 'session.end-all'") == 1)
            }
        }
    }

    @Test func `keeps pages of other sites from acting for a person`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole(settings: ["CONSOLE_ORIGINS": "https://console.example"]) { console in
                let admin = try await console.signedIn()
                func pause(_ change: (inout ConsoleClient) -> Void) async throws -> Int {
                    var client = admin
                    change(&client)
                    return try await client.send(.POST, "/api/queues/courier-commands/pause").status
                }
                #expect(try await pause { $0.origin = "https://evil.example" } == 403)
                #expect(try await pause { $0.origin = nil } == 403)
                #expect(try await pause { $0.origin = "null" } == 403)
                #expect(try await pause { $0.proof = nil } == 403)
                #expect(try await system.count("SELECT count(*) FROM queue_states") == 0)
                #expect(try await pause { $0.origin = "https://console.example" } == 200)
            }
        }
    }

    @Test func `knows machines by their tokens until they are revoked`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let admin = try await console.signedIn()
                let made = try await admin.send(.POST, "/api/tokens", json: #"{"name":"robot","role":"operator"}"#)
                #expect(made.status == 201)
                let secret = try #require(try made.json.text("secret"))
                let id = try #require(try made.json["token"]?.text("id"))
                var robot = ConsoleClient(port: console.port, token: secret)
                robot.origin = nil
                robot.proof = nil
                #expect(try await robot.get("/api/session")["user"]?.text("kind") == "token")
                #expect(try await robot.send(.POST, "/api/queues/courier-commands/pause").status == 200)
                #expect(try await robot.send(.GET, "/api/users").status == 403)
                #expect(
                    try await system.texts("SELECT actor FROM operator_audit WHERE action = 'queue.pause'") == ["token:robot"]
                )
                #expect(
                    try await system.count("SELECT count(*) FROM console_tokens WHERE token_hash::text LIKE '%\(secret)%'") == 0
                )
                #expect(try await admin.send(.DELETE, "/api/tokens/\(id)").status == 204)
                #expect(try await robot.send(.GET, "/api/session").status == 401)
            }
        }
    }

    @Test func `ends when its time is over, for a person and for a machine`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let admin = try await console.signedIn()
                let made = try await admin.send(
                    .POST,
                    "/api/tokens",
                    json: #"{"name":"robot","role":"viewer","expiresInDays":1}"#
                )
                let secret = try #require(try made.json.text("secret"))
                let robot = ConsoleClient(port: console.port, token: secret)
                #expect(try await robot.send(.GET, "/api/session").status == 200)
                try await system.execute("UPDATE console_tokens SET expires_at = now()")
                #expect(try await robot.send(.GET, "/api/session").status == 401)
                #expect(try await admin.send(.GET, "/api/session").status == 200)
                try await system.execute("UPDATE console_sessions SET expires_at = now()")
                #expect(try await admin.send(.GET, "/api/session").status == 401)
            }
        }
    }

    @Test func `ends at once for a user who is disabled or gets another password, and never for the last admin`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let admin = try await console.signedIn()
                let vera = try await console.person("vera", .viewer, by: admin)
                #expect(try await admin.send(.PATCH, "/api/users/vera", json: #"{"disabled":true}"#).status == 200)
                #expect(try await vera.send(.GET, "/api/session").status == 401)
                #expect(try await admin.send(.PATCH, "/api/users/admin", json: #"{"disabled":true}"#).status == 409)
                #expect(try await admin.send(.PATCH, "/api/users/nobody", json: #"{"disabled":true}"#).status == 404)
                let taken = #"{"name":"vera","role":"viewer","password":"another password"}"#
                #expect(try await admin.send(.POST, "/api/users", json: taken).status == 409)

                let elsewhere = try await console.signedIn()
                let change = #"{"current":"\#(ConsoleSystem.adminPassword)","new":"the next password"}"#
                #expect(try await admin.send(.PUT, "/api/session/password", json: change).status == 204)
                #expect(try await elsewhere.send(.GET, "/api/session").status == 401)
                #expect(try await admin.send(.GET, "/api/session").status == 200)
                _ = try await console.signedIn(password: "the next password")
            }
        }
    }
}
