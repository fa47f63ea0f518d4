package import ChaosKit
import Orders

/// The outside world of a test, on a free port.
package struct TestSandbox: Sendable {
    package let sandbox: Sandbox
    /// Its controls.
    package let client: TestClient

    /// Signs its callbacks; ingest has to know it.
    package static let courierSecret = "sandbox-secret"

    /// For orchestrators that call it, with short waits, and with patience: what is to be given up soon says so.
    package var settings: [String: String] {
        let url = "http://127.0.0.1:\(client.port)"
        return [
            "BOOKING": "on", "BOOKING_SETTLE_MS": "50", "COURIER_SERVICE_URL": url, "SHOPIFY_ADMIN_SERVICE_URL": url,
            "QUEUE_DEFAULT_BACKOFF_MS": "50", "QUEUE_DEFAULT_BACKOFF_TYPE": "fixed", "QUEUE_DEFAULT_ATTEMPTS": "20",
            "COURIER_CALL_TIMEOUT_MS": "8000", "BOOKING_CHECK_MS": "50",
            "SHOPIFY_ADMIN_NOTIFICATIONS_RATE_MAX": "1000",
        ]
    }

    /// What it holds against its callers.
    package var complaints: [String] {
        sandbox.report().assertions.filter { !$0.holds }.map { "\($0.claim): \($0.finding)" }
    }

    /// Calls of an operation, whatever they were answered.
    package func calls(_ operation: String) -> Int {
        sandbox.report().calls[operation, default: [:]].values.reduce(0, +)
    }

    /// Moves the parcel of a reference by hand; its courier says nothing.
    package func move(_ reference: String, to status: String) async throws {
        let answer = try await client.post("/sandbox/shipments/\(reference)/\(status)", [], headers: [])
        guard answer.status == 200 else { throw Refusal(description: "\(reference) to \(status): \(answer.body)") }
    }

    /// What an order is in Shopify, parcel by parcel: "PAID SBX1: IN_TRANSIT DELIVERED".
    package func shown(_ id: Int) async throws -> String {
        let order = try await order(id)
        let parcels = order.elements("fulfillments").map { parcel in
            let numbers = parcel.elements("trackingInfo").compactMap { $0.text("number") }
            let events = parcel["events"]?.elements("nodes").compactMap { $0.text("status") } ?? []
            return " \(numbers.joined(separator: ",")): \(events.joined(separator: " "))"
        }
        return (order.text("displayFinancialStatus") ?? "") + parcels.joined()
    }

    /// What people read beside an order in Shopify.
    package func note(of id: Int) async throws -> String? {
        try await order(id).text("note")
    }

    private func order(_ id: Int) async throws -> JSONValue {
        let body = #"{"query":"query { order }","variables":{"id":"gid://shopify/Order/\#(id)"}}"#
        let headers = [("X-Shopify-Access-Token", "test"), ("X-Shopify-Shop-Domain", "test.myshopify.com")]
        let answer = try await client.post("/admin/api/2026-07/graphql.json", Array(body.utf8), headers: headers)
        guard let order = try JSONDocument(parsing: Array(answer.body.utf8)).root.value(at: ["data", "order"]) else {
            throw Refusal(description: "order \(id): \(answer.body)")
        }
        return order
    }

    private struct Refusal: Error, CustomStringConvertible {
        var description: String
    }
}

extension TestSystem {
    /// Runs the outside world for as long as the body takes.
    ///
    /// - Parameters:
    ///   - callbacks: the ingest that its couriers call back.
    ///   - port: where it listens; any free port when it is left out.
    ///   - limits: what it holds its callers to.
    ///   - shopifyToken: the only one that its Shopify lets in.
    package func withSandbox<R>(
        faults: [String] = [],
        callbacks: TestClient? = nil,
        port: Int = 0,
        pace: Duration = .milliseconds(20),
        limits: [CallLimit] = [],
        shopifyToken: String? = nil,
        _ body: (TestSandbox) async throws -> R
    ) async throws -> R {
        var options = SandboxOptions()
        options.port = port
        options.budget = (100_000, 10_000)
        options.faults = faults.compactMap { SandboxFault($0) }
        precondition(options.faults.count == faults.count, "a fault is not understood")
        options.callbacksTo = callbacks.map { "http://127.0.0.1:\($0.port)" }
        options.courierSecret = TestSandbox.courierSecret
        options.pace = pace
        options.limits = limits
        options.shopifyToken = shopifyToken
        let started = AsyncStream.makeStream(of: Int.self)
        let sandbox = Sandbox(options: options, logger: logger, onStart: { started.continuation.yield($0) })
        return try await running(sandbox.services) {
            var ports = started.stream.makeAsyncIterator()
            return try await body(TestSandbox(sandbox: sandbox, client: TestClient(port: await ports.next() ?? 0)))
        }
    }

    /// Returns once no event waits and no job is left that will ever run.
    package func drained() async throws {
        // In one look: a job that ends has stored its outcome before, and an event that is merged has made its jobs.
        let left =
            "SELECT (SELECT count(*) FROM unapplied_events) + (SELECT count(*) FROM jobs WHERE state <> 'dead')"
        while try await count(left) > 0 { try await Moment.pass() }
    }

    /// "attempt state", by order and attempt.
    package func bookingStates() async throws -> [String] {
        try await texts("SELECT attempt || ' ' || state FROM bookings ORDER BY order_id, attempt")
    }
}

/// A paid order of Shopify with something to ship.
package struct TestOrder: Sendable {
    package var id = 1
    /// Second of its `updated_at`.
    package var second = 1
    package var status = "paid"
    package var city = "Cairo"
    package var gateway: String?
    package var isCancelled = false

    package init(_ id: Int = 1) {
        self.id = id
    }

    package func with(_ change: (inout TestOrder) -> Void) -> TestOrder {
        var copy = self
        change(&copy)
        copy.second += 1
        return copy
    }

    /// The same order, to be paid for at the door.
    package var paidAtTheDoor: TestOrder {
        with {
            $0.status = "pending"
            $0.gateway = "Cash on Delivery (COD)"
        }
    }

    package var json: String {
        let cancelled = isCancelled ? #","cancelled_at":"2026-01-18T18:43:0\#(second)Z""# : ""
        let gateways = gateway.map { #","payment_gateway_names":["\#($0)"]"# } ?? ""
        return #"""
            {"id":"\#(id)","updated_at":"2026-01-18T18:43:0\#(second)Z","financial_status":"\#(status)","total_price":"150.00",
             "currency":"EGP","shipping_address":{"city":"\#(city)","address1":"1 Nile St"},
             "line_items":[{"id":1,"title":"Lamp","quantity":1}]\#(gateways)\#(cancelled)}
            """#
    }

    package var topic: String { isCancelled ? "orders/cancelled" : "orders/updated" }
}

extension TestClient {
    /// Sends the order as it is now.
    package func send(_ order: TestOrder) async throws -> Answer {
        try await shopify(order.json, topic: order.topic, webhookID: "w-\(order.id)-\(order.second)")
    }

    /// A scan of a parcel of the sandbox.
    package func scan(_ trackingNumber: String, _ word: String, hour: Int = 8) async throws -> Answer {
        try await courier(
            #"""
            {"tracking_number":"\#(trackingNumber)","status":"\#(word)","courier":"sandbox",
             "timestamp":"2026-01-19T0\#(hour):00:00Z"}
            """#
        )
    }

    /// The word of the sandbox's courier that it cancelled a label by itself, by an aggregator: our own form has none for it.
    package func voided(_ trackingNumber: String) async throws -> Answer {
        let body = #"""
            {"result":{"carrier":"sandbox","tracking_code":"\#(trackingNumber)","status":"cancelled",
             "updated_at":"2026-01-19T08:00:00Z"}}
            """#
        let headers = [("Content-Type", "application/json")]
        return try await post("/webhooks/couriers/easypost", Array(body.utf8), headers: headers)
    }

    /// The scan of a parcel of the sandbox that says that its courier has the money for it, by an aggregator: our own form cannot.
    package func collected(_ trackingNumber: String) async throws -> Answer {
        let body = #"""
            {"msg":{"slug":"sandbox","tracking_number":"\#(trackingNumber)","tag":"Delivered","subtag":"Delivered_004",
             "updated_at":"2026-01-20T09:00:00Z"}}
            """#
        let headers = [("Content-Type", "application/json")]
        return try await post("/webhooks/couriers/aftership", Array(body.utf8), headers: headers)
    }
}
