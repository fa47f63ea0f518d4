import ConsoleAPI
import NIOHTTP1
import Orders
import Queues
import TestSystem
import Testing

@Suite("What operators do at the console", .timeLimit(.minutes(5)))
struct OperationsTests {
    static func order(_ number: Int) -> String {
        """
        {"id":\(9_000_000 + number),"name":"N\(number)","financial_status":"paid","total_price":"10.00",\
        "updated_at":"2026-01-18T17:00:00Z","customer":{"first_name":"=SUM(A1)","last_name":"Perlman"}}
        """
    }

    /// Gives every order a job that was given up on.
    static let giveUp = """
        INSERT INTO jobs (order_id, queue, key, shop, input, state, attempt, max_attempts, run_at, last_error, last_answer)
        SELECT o.id, 'courier-commands', 'cancel:' || o.id, o.shop, '{"order":1}', 'dead', 3, 3, now(),
            'HTTP 503 from the courier for order ' || o.ref_id, '{"error":"busy"}'
        FROM orders AS o
        """

    @Test func `pauses and resumes a queue, and is written down`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let admin = try await console.signedIn()
                let queues = try await admin.get("/api/queues")
                #expect(queues.elements.count { $0.elements("history").count == 60 } == Queue.allCases.count)
                let paused = try await admin.send(.POST, "/api/queues/courier-commands/pause").json
                #expect(paused.text("state") == "paused" && paused.text("pausedBy") == "admin")
                #expect(try await admin.get("/api/queues/courier-commands").text("state") == "paused")
                #expect(try await admin.get("/api/overview").elements("needsAttention").first?.text("kind") == "queue-paused")
                #expect(try await admin.send(.POST, "/api/queues/courier-commands/resume").json.text("state") == "running")
                #expect(try await admin.send(.POST, "/api/queues/none/pause").status == 404)
                let audit = try await admin.get("/api/audit?action=queue.pause").elements("data")
                #expect(
                    audit.count == 1 && audit[0].text("target") == "queue:courier-commands" && audit[0].text("actor") == "admin"
                )
            }
        }
    }

    @Test func `groups dead letters by their cause, counts before it changes, and requeues exactly what was seen`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders((1...5).map(Self.order)) { console, _ in
                let admin = try await console.signedIn()
                try await system.execute(Self.giveUp)
                let groups = try await admin.get("/api/dead-letters/groups")
                let group = try #require(Array(groups.elements).first)
                #expect(Array(groups.elements).count == 1 && group.integer("count") == 5)
                let cause = try #require(group.text("cause"))
                #expect(cause == "HTTP 503 from the courier for order #")
                let id = try #require(group.text("sampleId"))
                let letter = try await admin.get("/api/dead-letters/\(id)")
                #expect(letter.text("input") == #"{"order":1}"# && letter.text("lastAnswer") == #"{"error":"busy"}"#)
                #expect(try await admin.get("/api/dead-letters?q=9000003").integer("total") == 1)
                let first = try await admin.get("/api/dead-letters?limit=3")
                let next = try #require(first.text("nextCursor"))
                #expect(try await admin.get("/api/dead-letters?limit=3&cursor=\(next)").elements("data").count == 2)

                func command(_ action: String, _ more: String) async throws -> ConsoleClient.Answer {
                    try await admin.send(
                        .POST,
                        "/api/dead-letters/\(action)",
                        json: #"{"filter":{"cause":"\#(cause)"},\#(more)}"#
                    )
                }
                #expect(try await command("requeue", #""dryRun":true"#).json.integer("matched") == 5)
                #expect(try await command("requeue", #""reason":"x""#).status == 400)
                let changed = try await command("requeue", #""expectedCount":4"#)
                #expect(changed.status == 409)
                #expect(try changed.json.integer("count") == 5)
                #expect(
                    try await admin.send(
                        .POST,
                        "/api/dead-letters/discard",
                        json: #"{"filter":{"ids":["\#(id)"]},"expectedCount":1}"#
                    )
                    .json.integer("changed") == 1
                )
                #expect(try await command("requeue", #""expectedCount":4,"spreadSeconds":60"#).json.integer("changed") == 4)
                #expect(try await system.count("SELECT count(*) FROM jobs WHERE state = 'ready'") == 4)
                #expect(try await system.count("SELECT count(*) FROM finished_jobs WHERE outcome = 'discarded'") == 1)
                #expect(try await admin.get("/api/queues/courier-commands/jobs?state=discarded").elements("data").count == 1)
            }
        }
    }

    /// The state of a booking, and the command that would end it.
    @Test(arguments: [("parked", "book"), ("unknown", "book"), ("cancel_requested", "cancel"), ("return_requested", "return")])
    func `a letter that alone can end its booking is not discarded, and a dry run says so`(
        state: String,
        command: String
    ) async throws {
        try await TestSystem.with { system in
            try await system.withOrders((1...2).map(Self.order)) { console, _ in
                let admin = try await console.signedIn()
                try await system.execute(
                    """
                    INSERT INTO bookings (order_id, attempt, state, reference, destination_hash)
                    SELECT o.id, 1, '\(state)', o.id, '' FROM orders AS o;
                    INSERT INTO jobs (order_id, queue, key, shop, input, state, attempt, max_attempts, run_at)
                    SELECT o.id, 'courier-commands', '\(command):' || o.id || ':1', o.shop, '{}', 'dead', 3, 3, now() FROM orders AS o
                    """
                )
                func discard(_ more: String) async throws -> ConsoleClient.Answer {
                    try await admin.send(
                        .POST,
                        "/api/dead-letters/discard",
                        json: #"{"filter":{"queue":"courier-commands"},\#(more)}"#
                    )
                }
                for more in [#""dryRun":true"#, #""expectedCount":2"#] {
                    let answer = try await discard(more)
                    #expect(answer.status == 409)
                    #expect(try answer.json.text("error")?.hasPrefix("2 of them are about bookings that are not over") == true)
                }
                #expect(try await system.count("SELECT count(*) FROM jobs WHERE state = 'dead'") == 2)
                let none = #"{"filter":{"queue":"internal-booking-events"},"dryRun":true}"#
                #expect(try await admin.send(.POST, "/api/dead-letters/discard", json: none).json.integer("matched") == 0)
                try await system.execute("UPDATE bookings SET state = 'cancelled'")
                #expect(try await discard(#""dryRun":true"#).json.integer("matched") == 2)
                #expect(try await discard(#""expectedCount":2"#).json.integer("changed") == 2)
            }
        }
    }

    @Test func `shows what a queue gave up on by when that was, the newest first, page by page`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders((1...3).map(Self.order)) { console, _ in
                let admin = try await console.signedIn()
                try await system.execute(Self.giveUp)
                // They would have come due the other way round.
                try await system.execute(
                    """
                    UPDATE jobs AS j SET updated_at = now() - o.n * interval '1 hour', run_at = now() + o.n * interval '1 minute'
                    FROM (SELECT id, ref_id::bigint - 9000000 AS n FROM orders) AS o
                    WHERE o.id = j.order_id
                    """
                )
                let path = "/api/queues/courier-commands/jobs?state=dead&limit=2"
                let first = try await admin.get(path)
                let second = try await admin.get("\(path)&cursor=\(try #require(first.text("nextCursor")))")
                let shown = [first, second].flatMap { $0.elements("data").map { $0.text("orderId") } }
                #expect(shown == (try await system.texts("SELECT id::text FROM orders ORDER BY ref_id")))
            }
        }
    }

    @Test func `means only dead letters given up on since, in lists, in groups and in what it changes`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders((1...5).map(Self.order)) { console, _ in
                let admin = try await console.signedIn()
                try await system.execute(Self.giveUp)
                // A job that was given up on keeps the delay of the attempt it does not get.
                try await system.execute("UPDATE jobs SET run_at = now() + interval '1 minute'")
                let old = "SELECT id FROM orders WHERE ref_id IN ('9000001', '9000002')"
                try await system.execute("UPDATE jobs SET updated_at = now() - interval '2 hours' WHERE order_id IN (\(old))")
                func ago(_ hours: Int) async throws -> String {
                    let time = "now() AT TIME ZONE 'UTC' - interval '\(hours) hours'"
                    return try await system.texts(#"SELECT to_char(\#(time), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"#)[0]
                }
                let (hour, day) = try await (ago(1), ago(24))
                let overview = try await admin.get("/api/overview")
                #expect(overview.integer("dead") == 5 && overview.integer("deadLastHour") == 3)

                #expect(try await admin.get("/api/dead-letters?since=\(day)").integer("total") == 5)
                let page = try await admin.get("/api/dead-letters?since=\(hour)")
                #expect(page.integer("total") == 3 && page.elements("data").count == 3)
                #expect(page.elements("data").allSatisfy { ($0.text("finishedAt") ?? "~") < ($0.text("runAt") ?? "") })
                let groups = try await admin.get("/api/dead-letters/groups?since=\(hour)")
                #expect(Array(groups.elements).first?.integer("count") == 3)
                #expect(try await admin.send(.GET, "/api/dead-letters?since=yesterday").status == 400)

                func command(_ action: String, _ filter: String, _ more: String) async throws -> ConsoleClient.Answer {
                    try await admin.send(.POST, "/api/dead-letters/\(action)", json: "{\"filter\":{\(filter)},\(more)}")
                }
                let since = #""since":"\#(hour)""#
                #expect(try await command("requeue", since, #""dryRun":true"#).json.integer("matched") == 3)
                #expect(try await command("requeue", since, #""expectedCount":5"#).status == 409)
                #expect(try await command("requeue", #""since":"yesterday""#, #""dryRun":true"#).status == 400)
                let one = #"\#(since),"q":"9000003""#
                #expect(try await command("discard", one, #""expectedCount":1"#).json.integer("changed") == 1)
                #expect(try await command("requeue", since, #""expectedCount":2"#).json.integer("changed") == 2)
                let left = "SELECT count(*) FROM jobs WHERE state = 'dead'"
                #expect(try await system.count(left) == 2)
                #expect(try await system.count("\(left) AND order_id IN (\(old))") == 2)
            }
        }
    }

    @Test func `changes every order that matches, goes on after a restart and names what it could not change`() async throws {
        try await TestSystem.with { system in
            try await system.withIngest { sender in
                try await system.withOrchestrators {
                    for number in 1...150 { _ = try await sender.shopify(Self.order(number)) }
                    try await system.settled()
                    var id = ""
                    try await system.withConsole { console in
                        try await system.listed(150)
                        let admin = try await console.signedIn()
                        func begin(_ body: String) async throws -> ConsoleClient.Answer {
                            try await admin.send(.POST, "/api/bulk", json: body)
                        }
                        let filter = #""filter":{"payment":["paid"]}"#
                        #expect(try await begin(#"{"action":"hold",\#(filter),"dryRun":true}"#).json.integer("matched") == 150)
                        #expect(try await system.count("SELECT count(*) FROM bulk_operations") == 0)
                        #expect(try await begin(#"{"action":"hold",\#(filter)}"#).status == 400)
                        #expect(
                            try await begin(#"{"action":"hold",\#(filter),"expectedCount":149}"#).json.integer("count") == 150
                        )
                        let started = try await begin(#"{"action":"hold",\#(filter),"expectedCount":150,"reason":"stocktaking"}"#)
                        #expect(started.status == 202)
                        id = try #require(try started.json.text("id"))
                    }
                    // The console was stopped in the middle, or before it began.
                    try await system.withConsole { console in
                        let admin = try await console.signedIn()
                        while try await admin.get("/api/bulk/\(id)").text("state") == "running" { try await Moment.pass() }
                        let operation = try await admin.get("/api/bulk/\(id)")
                        #expect(operation.integer("done") == 150 && operation.integer("failed") == 0)
                        try await system.settled()
                        #expect(try await system.count("SELECT count(*) FROM orders WHERE order_status = 'ON_HOLD'") == 150)
                        #expect(try await system.count("SELECT count(*) FROM event_store WHERE topic = 'console/edit'") == 150)

                        let requeue = #"{"action":"requeue","filter":{"q":"9000007"},"expectedCount":1}"#
                        let failing = try await admin.send(.POST, "/api/bulk", json: requeue).json
                        let failingID = try #require(failing.text("id"))
                        while try await admin.get("/api/bulk/\(failingID)").text("state") == "running" { try await Moment.pass() }
                        let failures = try await admin.get("/api/bulk/\(failingID)/failures").elements("data")
                        #expect(failures.first?.text("reason") == "it has no dead letter")
                        #expect(try await admin.get("/api/bulk").elements("data").count == 2)
                        #expect(try await admin.send(.POST, "/api/bulk/\(id)/cancel").json.text("state") == "finished")
                        #expect(try await system.brokenPromises() == [])
                    }
                }
            }
        }
    }

    @Test func `maps a courier's word, and the orders that had it are folded anew`() async throws {
        try await TestSystem.with { system in
            let body = """
                {"id":9000001,"financial_status":"paid","total_price":"10.00","updated_at":"2026-01-18T17:00:00Z",\
                "fulfillments":[{"id":1,"status":"success","tracking_company":"bosta","tracking_number":"TRK-1",\
                "updated_at":"2026-01-18T17:00:00Z"}]}
                """
            try await system.withOrders([body]) { console, sender in
                let admin = try await console.signedIn()
                let scan =
                    #"{"tracking_number":"TRK-1","status":"on_a_boat","courier":"bosta","timestamp":"2026-01-19T08:00:00Z"}"#
                #expect(try await sender.courier(scan).status == 200)
                try await system.settled()
                let inbox = try await admin.get("/api/unmapped").elements("data")
                #expect(inbox.first?.text("status") == "on_a_boat" && inbox.first?.text("provider") == "native")
                #expect(inbox.first?.text("sampleBody") == scan)
                let mapping = #"{"provider":"native","status":"on_a_boat","normalised":"in_transit"}"#
                let mapped = try await admin.send(.POST, "/api/unmapped/mappings", json: mapping).json
                #expect(mapped.integer("events") == 1 && mapped.integer("changed") == 1, "\(mapped.integer("changed") ?? -1)")
                let status = try await system.texts("SELECT status FROM shipments WHERE tracking_number = 'TRK-1'")
                #expect(status == ["in_transit"])
                #expect(try await admin.get("/api/unmapped").elements("data").isEmpty)
                // A lane that has merged with the old meaning goes by the new one at once.
                #expect(try await sender.courier(scan.replacing("-19T", with: "-20T")).status == 200)
                try await system.settled()
                #expect(try await system.count("SELECT count(*) FROM audit_log WHERE status = 'unmapped'") == 0)
                // The word was misunderstood, and no event waits for another meaning.
                let correction = #"{"provider":"native","status":"On_A_Boat","normalised":"out_for_delivery"}"#
                let corrected = try await admin.send(.POST, "/api/unmapped/mappings", json: correction).json
                #expect(["events", "orders", "changed"].map { corrected.integer($0) } == [0, 1, 1])
                #expect(
                    try await system.texts("SELECT status FROM shipments WHERE tracking_number = 'TRK-1'") == ["out_for_delivery"]
                )
                let meanings = try await admin.get("/api/unmapped/mappings").elements.map { $0.text("normalised") }
                #expect(meanings == ["out_for_delivery"])
                #expect(try await system.brokenPromises() == [])
                let unknown = #"{"provider":"nobody","status":"x","normalised":"in_transit"}"#
                #expect(try await admin.send(.POST, "/api/unmapped/mappings", json: unknown).status == 400)
            }
        }
    }

    @Test func `sees what happened in charts and on the first page`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders((1...4).map(Self.order)) { console, _ in
                let admin = try await console.signedIn()
                while try await system.count("SELECT coalesce(sum(received), 0)::bigint FROM activity_minutes") < 4 {
                    try await Moment.pass()
                }
                let day = try await system.texts("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')")[0]
                let charts = try await admin.get("/api/analytics?from=\(day)T00:00:00Z&to=\(day)T23:59:59Z")
                #expect(charts["totals"]?.integer("received") == 4 && charts["totals"]?.integer("processed") == 4)
                #expect(charts.elements("heat").count == 168 && charts.elements("series").count <= 360)
                #expect(charts.elements("statusMix").first?.text("orderStatus") == "CONFIRMED")
                #expect(try await admin.send(.GET, "/api/analytics?from=2020-01-01T00:00:00Z").status == 400)
                let overview = try await admin.get("/api/overview")
                #expect(overview.integer("orders") == 4 && overview.elements("series").count == 60)
            }
        }
    }

    @Test func `saves views of their own, and shares them when they may`() async throws {
        try await TestSystem.with { system in
            try await system.withConsole { console in
                let admin = try await console.signedIn()
                let vera = try await console.person("vera", .viewer, by: admin)
                let shared = #"{"name":"Late","page":"orders","query":"attention=true","shared":true}"#
                #expect(try await vera.send(.POST, "/api/views", json: shared).status == 403)
                let saved = try await admin.send(.POST, "/api/views", json: shared)
                #expect(saved.status == 201)
                let id = try #require(try saved.json.text("id"))
                #expect(try await admin.send(.POST, "/api/views", json: shared).status == 409)
                #expect(try await Array(vera.get("/api/views").elements).first?.flag("mine") == false)
                #expect(try await vera.send(.DELETE, "/api/views/\(id)").status == 404)
                let renamed = #"{"name":"Very late","page":"orders","query":""}"#
                #expect(try await admin.send(.PUT, "/api/views/\(id)", json: renamed).json.text("name") == "Very late")
                #expect(try await Array(vera.get("/api/views").elements).isEmpty)
                #expect(try await admin.send(.DELETE, "/api/views/\(id)").status == 204)
            }
        }
    }

    @Test func `finds an order that needs a person, by its error too, and has it tried again`() async throws {
        try await TestSystem.with { system in
            try await system.withOrders((1...3).map(Self.order)) { console, _ in
                let admin = try await console.signedIn()
                try await system.execute("\(Self.giveUp) WHERE o.ref_id = '9000002'")
                while try await admin.get("/api/orders?attention=true").integer("total") == 0 { try await Moment.pass() }
                let order = try #require(try await admin.get("/api/orders?attention=true&q=courier").elements("data").first)
                #expect(
                    order.text("shopifyOrderId") == "9000002" && order["attention"]?.elements.map(\.string) == ["dead-letter"]
                )
                let id = try #require(order.text("id"))
                #expect(try await admin.send(.POST, "/api/orders/\(id)/retry").json.integer("requeued") == 1)
                while try await admin.get("/api/orders?attention=true").integer("total") != 0 { try await Moment.pass() }
                let explained = try await admin.get("/api/orders/\(id)/explain")
                #expect(!explained.elements("fields").isEmpty && explained["booking"]?.flag("isBooked") == false)
            }
        }
    }

    @Test
    func `an order whose registers cannot be read says so, and is folded anew for whoever asks why it is what it is`()
        async throws
    {
        try await TestSystem.with { system in
            let body = #"{"id":7000001,"financial_status":"paid","total_price":"10.00","updated_at":"2026-01-18T17:00:00Z"}"#
            try await system.withOrders([body]) { console, _ in
                let admin = try await console.signedIn()
                let id = try #require(try await admin.get("/api/orders").elements("data").first?.text("id"))
                for state in ["rotten", #"{"snapshots":7}"#] {
                    try await system.execute("UPDATE orders SET state = '\(state)'")
                    if state == "rotten" {
                        #expect(try await admin.get("/api/orders/\(id)")["registers"]?.isNull == true)
                    }
                    let answer = try await admin.send(.GET, "/api/orders/\(id)/explain")
                    #expect(answer.status == 503 && answer.text.contains("registers of this order cannot be read"))
                    while try await admin.send(.GET, "/api/orders/\(id)/explain").status != 200 { try await Moment.pass() }
                }
                #expect(try await system.brokenPromises() == [])
            }
        }
    }
    @Test func `a look at an order that can neither be read nor folded anew changes nothing`() async throws {
        try await TestSystem.with { system in
            let body = #"{"id":7000001,"financial_status":"paid","total_price":"10.00","updated_at":"2026-01-18T17:00:00Z"}"#
            try await system.withOrders([body]) { console, _ in
                let admin = try await console.signedIn()
                let id = try #require(try await admin.get("/api/orders").elements("data").first?.text("id"))
                // Its month was dropped.
                try await system.execute("UPDATE orders SET state = 'rotten'; DELETE FROM event_store")
                let answer = try await admin.send(.GET, "/api/orders/\(id)/explain")
                #expect(answer.status == 503 && answer.text.contains("events of it were dropped with their months"))
                #expect(try await system.count("SELECT count(*) FROM unapplied_events") == 0)
                #expect(try await system.count("SELECT count(*) FROM orders WHERE quarantined") == 0)
            }
        }
    }
}
