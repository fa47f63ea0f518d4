import ConsoleAPI
import NIOHTTP1
import Orders
import TestSystem
import Testing

@Suite("Signing in at the console", .timeLimit(.minutes(2)))
struct SignInTests {
    @Test("shows nothing without it but the health, the description and the pages")
    func anonymous() async throws {
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

    @Test("gives a cookie that scripts and other sites cannot use, and takes it back")
    func session() async throws {
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

    @Test("is refused for a while after too many wrong passwords")
    func limited() async throws {
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

    @Test("lets every role do what it may and no more")
    func roles() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let admin = try await console.signedIn()
                let clients: [(Role, ConsoleClient)] = [
                    (.viewer, try await console.person("vera", .viewer, by: admin)),
                    (.operator, try await console.person("otto", .operator, by: admin)), (.admin, admin),
                ]
                let id = "00000000-0000-4000-8000-000000000000"
                let guarded: [(HTTPMethod, String, Role)] = [
                    (.PATCH, "/api/orders/\(id)", .operator), (.PATCH, "/orders/\(id)", .operator),
                    (.POST, "/api/orders/\(id)/retry", .operator), (.POST, "/api/queues/courier-commands/pause", .operator),
                    (.POST, "/api/queues/courier-commands/resume", .operator), (.POST, "/api/dead-letters/requeue", .operator),
                    (.POST, "/api/dead-letters/discard", .operator), (.POST, "/api/bulk", .operator),
                    (.POST, "/api/bulk/\(id)/cancel", .operator), (.POST, "/api/unmapped/mappings", .operator),
                    (.GET, "/api/users", .admin), (.POST, "/api/users", .admin), (.PATCH, "/api/users/vera", .admin),
                    (.GET, "/api/tokens", .admin), (.POST, "/api/tokens", .admin), (.DELETE, "/api/tokens/\(id)", .admin),
                ]
                for (role, client) in clients {
                    for (method, path, needed) in guarded {
                        let answer = try await client.send(method, path, json: method == .GET ? nil : "{}")
                        #expect((answer.status == 403) == (role < needed), "\(role) \(method) \(path): \(answer.status)")
                        let stranger = try await console.anonymous.send(method, path, json: method == .GET ? nil : "{}")
                        #expect(stranger.status == 401, "\(method) \(path)")
                    }
                }
            }
        }
    }

    @Test("keeps pages of other sites from acting for a person")
    func forgery() async throws {
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

    @Test("knows machines by their tokens until they are revoked")
    func tokens() async throws {
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

    @Test("ends at once for a user who is disabled or gets another password, and never for the last admin")
    func users() async throws {
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
