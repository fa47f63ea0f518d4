import FoundationEssentials
import NIOHTTP1
import Orders
import Postgres
import TestSystem
import Testing

@testable import ConsoleAPI

@Suite("An edit at the console", .timeLimit(.minutes(5)))
struct EditTests {
    private static let order = """
        {"id":7000001,"name":"#1001","financial_status":"paid","total_price":"10.00","updated_at":"2026-01-18T17:00:00Z"}
        """

    private static func edit(_ client: ConsoleClient, _ id: String, _ version: Int, _ set: String) async throws
        -> ConsoleClient.Answer
    {
        try await client.send(.PATCH, "/orders/\(id)", json: #"{"set":\#(set)}"#, headers: [("If-Match", "\"\(version)\"")])
    }

    @Test func `is an event that is merged, audited and answered with the order`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([Self.order]) { console, _ in
                let admin = try await console.signedIn()
                let id = try #require(try await admin.get("/api/orders").elements("data").first?.text("id"))
                let answer = try await Self.edit(admin, id, 1, #"{"note":"call first","status":"SHIPPED","hold":true}"#)
                #expect(answer.status == 200 && answer.headers.first(name: "etag") == "\"2\"")
                let order = try answer.json
                #expect(order["operator"]?.text("note") == "call first" && order["operator"]?.flag("hold") == true)
                #expect(order.text("orderStatus") == "SHIPPED" && order["lastChange"]?.text("actor") == "admin")

                let released = try await Self.edit(admin, id, 2, #"{"status":null,"hold":false}"#)
                #expect(try released.json.text("orderStatus") == "CONFIRMED")
                let audit = try await admin.get("/api/audit?target=order:\(id)").elements("data")
                #expect(audit.count == 2 && audit[1]["after"]?.text("note") == "call first")
                #expect(audit[0]["before"]?.text("status") == "SHIPPED" && audit[0]["before"]?.flag("hold") == true)
                let timeline = try await admin.get("/api/orders/\(id)/events?only=operator").elements("data")
                #expect(timeline.count == 2 && timeline[0].text("actor") == "admin")
                #expect(try await system.brokenPromises() == [])
            }
        }
    }

    @Test func `of a stale version is refused with the order as it is, and who changed it`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([Self.order]) { console, _ in
                let admin = try await console.signedIn()
                let otto = try await console.person("otto", .operator, by: admin)
                let id = try #require(try await admin.get("/api/orders").elements("data").first?.text("id"))
                #expect(try await Self.edit(otto, id, 1, #"{"note":"mine"}"#).status == 200)
                let answer = try await Self.edit(admin, id, 1, #"{"note":"too late"}"#)
                #expect(answer.status == 409)
                let conflict = try answer.json
                #expect(conflict["current"]?.integer("version") == 2 && conflict["changedBy"]?.text("actor") == "otto")
                #expect(conflict.elements("changes").count == 1)
                #expect(try await system.count("SELECT count(*) FROM event_store WHERE topic = 'console/edit'") == 1)
            }
        }
    }

    @Test func `by many at once of one version: one of them wins`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([Self.order]) { console, _ in
                let admin = try await console.signedIn()
                let id = try #require(try await admin.get("/api/orders").elements("data").first?.text("id"))
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<8 {
                        group.addTask { try await Self.edit(admin, id, 1, #"{"note":"number \#(number)"}"#).status }
                    }
                    return try await group.reduce(into: [Int]()) { $0.append($1) }
                }
                #expect(statuses.filter { $0 == 200 }.count == 1, "\(statuses)")
                #expect(statuses.filter { $0 == 409 }.count == 7, "\(statuses)")
                #expect(try await system.count("SELECT count(*) FROM event_store WHERE topic = 'console/edit'") == 1)
            }
        }
    }

    @Test func `comes after the one before it, also when the clock of its machine is behind`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([Self.order]) { console, _ in
                let admin = try await console.signedIn()
                let id = try #require(try await admin.get("/api/orders").elements("data").first?.text("id"))
                #expect(try await Self.edit(admin, id, 1, #"{"note":"first"}"#).status == 200)
                let uuid = try #require(UUID(uuidString: id))
                let order = try #require(try await system.pool.transaction { try EditedOrder.lock([uuid], in: &$0) }.first)
                let last = try #require(order.lastEditedAt)
                let next = last.advanced(byMicroseconds: 1)
                for now in [.epoch, last, next] { #expect(order.time(now: now) == next) }
                #expect(order.time(now: .latest) == .latest)
            }
        }
    }

    @Test func `is stored and answered 202 while nobody merges`() async throws {
        try await TestSystem.with { system in
            try await system.withIngest { sender in
                _ = try await sender.shopify(Self.order)
                try await system.withOrchestrators { try await system.settled() }
                try await system.withConsole(mergePatience: .milliseconds(100)) { console in
                    try await system.listed(1)
                    let admin = try await console.signedIn()
                    let id = try #require(try await admin.get("/api/orders").elements("data").first?.text("id"))
                    #expect(try await Self.edit(admin, id, 1, #"{"note":"later"}"#).status == 202)
                    let second = try await Self.edit(admin, id, 1, #"{"note":"me too"}"#)
                    #expect(second.status == 409)
                    #expect(try second.json.text("error")?.contains("admin") == true)
                    try await system.withOrchestrators { try await system.settled() }
                    #expect(try await admin.get("/api/orders/\(id)")["operator"]?.text("note") == "later")
                }
            }
        }
    }

    @Test func `brings nothing personal back into an order whose personal data was removed`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([Self.order]) { console, sender in
                let admin = try await console.signedIn()
                let id = try #require(try await admin.get("/api/orders").elements("data").first?.text("id"))
                let redaction = """
                    {"shop_id":1,"shop_domain":"test.myshopify.com","customer":{"id":1},"orders_to_redact":[7000001]}
                    """
                _ = try await sender.shopify(redaction, topic: "customers/redact")
                try await system.settled()
                let version = try #require(try await admin.get("/api/orders/\(id)").integer("version"))
                for (set, field) in [
                    (#"{"note":"Grace, third floor"}"#, "note"),
                    (#"{"status":"SHIPPED","shippingAddress":{"address1":"1 Example Street"}}"#, "shippingAddress"),
                ] {
                    let answer = try await Self.edit(admin, id, Int(version), set)
                    #expect(answer.status == 400)
                    #expect(try answer.json.text("field") == field)
                    #expect(try answer.json.text("error")?.contains("removed on request") == true)
                }
                #expect(try await system.count("SELECT count(*) FROM event_store WHERE topic = 'console/edit'") == 0)
                #expect(try await Self.edit(admin, id, Int(version), #"{"status":"SHIPPED","note":null}"#).status == 200)

                // And not by way of many at once.
                let bulk = #"{"action":"edit","set":{"note":"Grace"},"filter":{"q":"7000001"},"expectedCount":1}"#
                let operation = try #require(try await admin.send(.POST, "/api/bulk", json: bulk).json.text("id"))
                while try await admin.get("/api/bulk/\(operation)").text("state") == "running" { try await Moment.pass() }
                let failure = try await admin.get("/api/bulk/\(operation)/failures").elements("data").first
                #expect(failure?.text("reason")?.contains("removed on request") == true)
            }
        }
    }

    @Test(arguments: ["rotten", "{}"])
    func `has an order folded anew whose registers cannot be read`(state: String) async throws {
        try await TestSystem.with { system in
            try await system.withOrders([Self.order]) { console, _ in
                let admin = try await console.signedIn()
                let id = try #require(try await admin.get("/api/orders").elements("data").first?.text("id"))
                try await system.execute("UPDATE orders SET state = '\(state)'")
                #expect(try await Self.edit(admin, id, 1, #"{"note":"call first"}"#).status == 200)
                let order = try await admin.get("/api/orders/\(id)")
                #expect(order["operator"]?.text("note") == "call first" && order["registers"]?.isObject == true)
                #expect(try await system.brokenPromises() == [])
            }
        }
    }

    @Test func `that cannot be is refused in words`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders([Self.order]) { console, _ in
                let admin = try await console.signedIn()
                let id = try #require(try await admin.get("/api/orders").elements("data").first?.text("id"))
                let sets = [
                    "{}", #"{"colour":"red"}"#, #"{"status":"RED"}"#, #"{"hold":"yes"}"#, #"{"shippingAddress":"here"}"#,
                    #"{"courier":"---"}"#, "[]", "7",
                ]
                for set in sets {
                    let answer = try await Self.edit(admin, id, 1, set)
                    #expect(answer.status == 400, "\(set)")
                    #expect(try answer.json.text("error")?.isEmpty == false)
                }
                #expect(try await admin.send(.PATCH, "/orders/\(id)", json: #"{"set":{"note":"x"}}"#).status == 428)
                let form = [("Content-Type", "text/plain"), ("If-Match", "\"1\"")]
                #expect(try await admin.send(.PATCH, "/orders/\(id)", json: "{}", headers: form).status == 415)
                let large = #"{"set":{"note":"\#(String(repeating: "x", count: 300_000))"}}"#
                #expect(
                    try await admin.send(.PATCH, "/orders/\(id)", json: large, headers: [("If-Match", "\"1\"")]).status == 413
                )
                #expect(try await system.count("SELECT count(*) FROM event_store WHERE topic = 'console/edit'") == 0)
            }
        }
    }
}
