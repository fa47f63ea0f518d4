import ChaosKit
import FoundationEssentials
import Orders
import Postgres
import Queues
import ServiceRuntime
import TestSystem
import Testing

/// What happens to a booking after it is made: row by row of the booking table, with real servers and the sandbox.
@Suite(.timeLimit(.minutes(3))) struct CourierStoryTests {
    private static let ingest = [
        "COURIER_NATIVE_SECRET": TestSandbox.courierSecret, "COURIER_AFTERSHIP_AUTH": "none",
    ]

    /// Runs one replica beside a sandbox whose couriers say only what the test tells them to.
    private static func with(
        faults: [String] = [],
        settings: [String: String] = [:],
        failpoints: [Failpoint: FailpointPlan] = [:],
        _ body: (TestSystem, TestClient, TestSandbox) async throws -> Void
    ) async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest(settings: ingest.merging(["COURIER_NATIVE_AUTH": "none"]) { $1 }) { client in
                try await system.withSandbox(faults: faults) { world async throws in
                    let settings = world.settings.merging(settings) { $1 }
                    try await system.withOrchestrators(settings: settings, failpoints: failpoints) {
                        try await body(system, client, world)
                    }
                }
            }
        }
    }

    /// The callback of the first attempt's courier.
    private static func scan(_ word: String, hour: Int = 8, of system: TestSystem, _ client: TestClient) async throws {
        let number = try #require(try await system.texts("SELECT tracking_number FROM bookings WHERE attempt = 1").first)
        let body =
            #"{"tracking_number":"\#(number)","status":"\#(word)","courier":"sandbox","timestamp":"2026-01-19T0\#(hour):00:00Z"}"#
        #expect(try await client.courier(body).status == 200)
    }

    private static func reference(_ system: TestSystem) async throws -> String {
        let order = try #require(try await system.texts("SELECT id::text FROM orders").first.flatMap { UUID(uuidString: $0) })
        return Booking.reference(of: OrderID(order), attempt: 1).uuidString.lowercased()
    }

    /// The first request is so slow that a look-up does not find it. The order is cancelled, or sent elsewhere, meanwhile.
    @Test(arguments: [true, false])
    func `a label that appears after the courier said there was none is taken back`(isCancelled: Bool) async throws {
        let settings = ["BOOKING_CHECK_MS": "600", "INTERNAL_BOOKING_EVENTS_BACKOFF_MS": "500"]
        try await Self.with(faults: ["book/late=800ms:1x1"], settings: settings) { system, client, world in
            _ = try await client.send(TestOrder())
            while try await system.bookingStates() != ["1 unknown"] { try await Moment.pass() }
            _ = try await client.send(
                TestOrder().with {
                    if isCancelled { $0.isCancelled = true } else { $0.city = "Giza" }
                }
            )
            while try await system.bookingStates().first != "1 cancelled" { try await Moment.pass() }
            try await system.drained()
            let report = world.sandbox.report()
            #expect(report.labels == (isCancelled ? 1 : 2))
            #expect(report.activeLabels == (isCancelled ? 0 : 1))
            #expect(report.worstLabelsOfAReference == 1)
            #expect(try await system.bookingStates() == (isCancelled ? ["1 cancelled"] : ["1 cancelled", "2 booked"]))
            #expect(try await system.texts("SELECT (tracking_number <> '')::text FROM bookings WHERE attempt = 1") == ["true"])
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `a label that appears when every attempt is used up is adopted`() async throws {
        let settings = [
            "BOOKING_CHECK_MS": "600", "INTERNAL_BOOKING_EVENTS_ATTEMPTS": "2", "COURIER_COMMANDS_ATTEMPTS": "20",
        ]
        let faults = ["book/late=800ms:1x1", "book/reset"]
        try await Self.with(faults: faults, settings: settings) { system, client, world in
            _ = try await client.send(TestOrder())
            while try await system.bookingStates() != ["1 parked"] { try await Moment.pass() }
            while try await system.bookingStates() != ["1 booked"] { try await Moment.pass() }
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{}"])
            #expect(world.sandbox.report().activeLabels == 1)
            #expect(world.complaints == [])
        }
    }

    @Test func `a request that is sent again makes no second label when the first one arrives at last`() async throws {
        try await Self.with(faults: ["book/late=3s:1x1"]) { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 booked"])
            while world.sandbox.report().pendingSteps > 0 { try await Moment.pass() }
            #expect(world.sandbox.report().labels == 1)
            #expect(world.calls("book") == 2)
            #expect(world.complaints == [])
        }
    }

    @Test func `an order that is cancelled after its booking is cancelled at the courier`() async throws {
        try await Self.with { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 booked"])
            _ = try await client.send(TestOrder().with { $0.isCancelled = true })
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 cancelled"])
            #expect(try await system.order("1")?.orderStatus == "CANCELLED")
            #expect(world.calls("cancel") == 1)
            #expect(world.sandbox.report().activeLabels == 0)
            #expect(world.complaints == [])
        }
    }

    /// We may know that the courier has the parcel, or hear it first when we ask to cancel.
    @Test(arguments: [true, false])
    func `an order that is cancelled when the courier has its parcel gets it back`(isKnown: Bool) async throws {
        try await Self.with { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.drained()
            let reference = try await Self.reference(system)
            try await world.move(reference, to: "picked_up")
            if isKnown { try await Self.scan("shipped", of: system, client) }
            try await system.drained()
            _ = try await client.send(TestOrder().with { $0.isCancelled = true })
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 return_requested"])
            #expect(try await system.order("1")?.orderStatus == (isKnown ? "CANCELLING" : "CANCELLED"))
            #expect(world.calls("cancel") == (isKnown ? 0 : 1))
            #expect(world.calls("return") == 1)
            try await world.move(reference, to: "returned")
            try await Self.scan("returned", hour: 9, of: system, client)
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 returned"])
            #expect(try await system.order("1")?.orderStatus == "RETURNED")
            #expect(world.calls("return") == 1)
            #expect(world.calls("book") == 1)
            #expect(world.complaints == [])
            #expect(try await system.brokenPromises() == [])
        }
    }

    /// What cannot be taken back needs a person, like what cannot be booked.
    @Test(arguments: ["cancel", "return"])
    func `a command to the courier that is given up flags its order until it succeeds`(command: String) async throws {
        let settings = ["COURIER_COMMANDS_ATTEMPTS": "2", "BREAKER_FAILURES": "1000"]
        try await Self.with(faults: ["\(command)/500"], settings: settings) { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.drained()
            if command == "return" { try await world.move(Self.reference(system), to: "picked_up") }
            _ = try await client.send(TestOrder().with { $0.isCancelled = true })
            while try await system.count("SELECT count(*) FROM jobs WHERE state = 'dead'") == 0 { try await Moment.pass() }
            #expect(try await system.bookingStates() == ["1 \(command)_requested"])
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{\(command)_given_up}"])
            #expect(try await system.texts("SELECT reason FROM bookings") == ["the courier service: the answer was 500"])
            world.sandbox.replaceFaults([])
            _ = try await system.pool.withConnection {
                try DeadLetters.requeue(JobView.Filter(queue: .courierCommands), ratePerSecond: 1_000, on: $0)
            }
            try await system.drained()
            if command == "return" {
                try await world.move(Self.reference(system), to: "returned")
                try await Self.scan("returned", hour: 9, of: system, client)
                try await system.drained()
            }
            #expect(try await system.bookingStates() == ["1 \(command == "return" ? "returned" : "cancelled")"])
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{}"])
            #expect(world.complaints == [])
        }
    }

    @Test(arguments: [[], ["cancel/accept-then-timeout:1x1", "book/accept-then-reset:1x2"]])
    func `an address that changes after the booking cancels the label and books anew`(faults: [String]) async throws {
        try await Self.with(faults: faults) { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.drained()
            _ = try await client.send(TestOrder().with { $0.city = "Giza" })
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 cancelled", "2 booked"])
            #expect(try await system.order("1")?.orderStatus == "BOOKED")
            #expect(world.sandbox.report().labels == 2)
            #expect(world.sandbox.report().activeLabels == 1)
            #expect(world.sandbox.report().worstActiveLabelsOfAnOrder == 1)
            #expect(world.complaints == [])
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test func `cash on delivery is booked before it is paid, and the shop is told once the courier has the money`() async throws
    {
        try await Self.with { system, client, world in
            _ = try await client.send(
                TestOrder().with {
                    $0.status = "pending"
                    $0.gateway = "Cash on Delivery (COD)"
                }
            )
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 booked"])
            #expect(world.sandbox.report().paidOrders == 0)
            let number = try #require(try await system.texts("SELECT tracking_number FROM bookings").first)
            let body = #"""
                {"msg":{"slug":"sandbox","tracking_number":"\#(number)","tag":"Delivered","subtag":"Delivered_004",
                 "updated_at":"2026-01-20T09:00:00Z"}}
                """#
            let headers = [("Content-Type", "application/json")]
            #expect(try await client.post("/webhooks/couriers/aftership", Array(body.utf8), headers: headers).status == 200)
            try await system.drained()
            #expect(try await system.order("1")?.orderStatus == "DELIVERED")
            #expect(world.sandbox.report().paidOrders == 1)
            #expect(world.calls("order-mark-as-paid") == 1)
            #expect(world.complaints == [])
        }
    }

    @Test func `cash on delivery that is not wanted here waits for its payment`() async throws {
        try await Self.with(settings: ["BOOKING_COD": "deny"]) { system, client, world in
            let order = TestOrder().with {
                $0.status = "pending"
                $0.gateway = "Cash on Delivery (COD)"
            }
            _ = try await client.send(order)
            try await system.drained()
            #expect(try await system.bookingStates() == [])
            _ = try await client.send(order.with { $0.status = "paid" })
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 booked"])
            #expect(world.complaints == [])
        }
    }

    /// A worker stalls before its call; meanwhile another looks up, finds nothing, and the order is cancelled.
    @Test func `a label that is made after its attempt was given up is taken back`() async throws {
        let stall = FailpointPlan(.stall(.seconds(3)))
        try await Self.with(failpoints: [.jobBeforeCall: stall]) { system, client, world in
            _ = try await client.send(TestOrder())
            while try await system.bookingStates() != ["1 requested"] { try await Moment.pass() }
            _ = try await client.send(TestOrder().with { $0.isCancelled = true })
            try await system.settled()
            try await system.execute("UPDATE jobs SET run_at = now(), lease_until = now() WHERE state = 'running'")
            while try await system.bookingStates() != ["1 cancelled"] { try await Moment.pass() }
            #expect(world.calls("book") == 0)
            while world.calls("book") == 0 { try await Moment.pass() }
            while world.sandbox.report().activeLabels > 0 { try await Moment.pass() }
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 cancelled"])
            #expect(world.calls("cancel") == 1)
            #expect(world.sandbox.report().labels == 1)
            #expect(world.complaints == [])
            #expect(try await system.brokenPromises() == [])
        }
    }

    /// What couriers do to their callbacks, with 1, 2 and 4 replicas.
    @Test(
        arguments: [1, 2, 4],
        [[], ["callback-before-answer"], ["callback-before-answer", "duplicate-callbacks", "out-of-order"]]
    )
    func `every parcel comes to its end, whenever and however often its courier says so`(replicas: Int, faults: [String])
        async throws
    {
        try await TestSystem.with { system async throws in
            try await system.withIngest(settings: Self.ingest) { client async throws in
                try await system.withSandbox(faults: faults, callbacks: client) { world async throws in
                    try await system.withOrchestrators(replicas, settings: world.settings) {
                        for id in 1...8 { _ = try await client.send(TestOrder(id)) }
                        let ended = "SELECT count(*) FROM orders WHERE order_status IN ('DELIVERED', 'RETURNED')"
                        while try await system.count(ended) < 8 { try await Moment.pass() }
                        while world.sandbox.report().pendingSteps > 0 { try await Moment.pass() }
                        try await system.drained()
                        #expect(try await system.count(ended) == 8)
                        #expect(try await system.count("SELECT count(*) FROM audit_log WHERE status = 'parked'") == 0)
                        #expect(try await system.count("SELECT count(*) FROM jobs") == 0)
                        let report = world.sandbox.report()
                        #expect(world.calls("book") == 8)
                        // A parcel may be back before its shop has heard that it left.
                        let delivered = try await system.count("SELECT count(*) FROM orders WHERE order_status = 'DELIVERED'")
                        #expect((Int(delivered)...8).contains(report.fulfillments))
                        #expect(report.callbacksTold == 8 * 5 * (faults.contains("duplicate-callbacks") ? 2 : 1))
                        #expect(world.complaints == [])
                        #expect(try await system.brokenPromises() == [])
                    }
                }
            }
        }
    }
}
