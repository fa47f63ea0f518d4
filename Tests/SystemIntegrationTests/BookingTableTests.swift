import ChaosKit
import EventStore
import FoundationEssentials
import Orders
import Postgres
import Queues
import ServiceRuntime
import TestSystem
import Testing

/// The booking table, with real servers and the sandbox, beside one, two and four replicas.
///
/// | state | event | test |
/// | --- | --- | --- |
/// | – | bookable | whichever books |
/// | claimed | a worker takes the command | `CourierFaultTests` |
/// | claimed | no longer wanted | an order that is cancelled before a worker takes its command … |
/// | requested | a label | `CourierFaultTests`, callbacks before the answer included |
/// | requested | refused | an order that the courier refused … |
/// | requested | no answer; a crash | `CourierFaultTests`, a request that is sent again …; `FailpointDeathTests` |
/// | unknown | no longer wanted | an order that is not wanted any more when its label is found …; a label that appears … |
/// | booked | no longer wanted | an order that is not wanted any more after its booking … |
/// | booked | cancelled, with the courier | an order that is cancelled when the courier has its parcel … |
/// | booked | another address | an address that changes after the booking … |
/// | booked | its courier cancels it | a label that its courier cancels by itself … |
/// | cancel_requested, return_requested | no answer | `CourierCommandFaultTests` |
/// | any | attempts used up | an order whose attempts are used up …; a command to the courier that is given up … |
/// | given up | no longer wanted, another address | a parked order that is not wanted any more …; an order that was parked … |
/// | given up | a late label | a label that is made after its attempt was given up …; a label that appears … |
@Suite(.timeLimit(.minutes(5))) struct BookingTableTests {
    static let replicas = [1, 2, 4]
    private static let ingest = [
        "COURIER_NATIVE_SECRET": TestSandbox.courierSecret, "COURIER_AFTERSHIP_AUTH": "none",
        "COURIER_EASYPOST_AUTH": "none",
    ]

    /// The shop shows one parcel, with the label of the second attempt, and nothing is left to be told.
    static func expectSecondLabel(_ system: TestSystem, _ world: TestSandbox) async throws {
        let number = try await system.texts("SELECT tracking_number FROM bookings WHERE attempt = 2").joined()
        #expect(try await world.shown(1) == "PENDING \(number): ")
        #expect(try await system.texts("SELECT key || ': ' || last_error FROM jobs") == [])
    }

    /// Runs replicas beside a sandbox whose couriers say only what the test tells them to.
    static func with(
        _ replicas: Int = 1,
        faults: [String] = [],
        settings: [String: String] = [:],
        failpoints: [Failpoint: FailpointPlan] = [:],
        _ body: (TestSystem, TestClient, TestSandbox) async throws -> Void
    ) async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest(settings: ingest.merging(["COURIER_NATIVE_AUTH": "none"]) { $1 }) { client in
                try await system.withSandbox(faults: faults) { world async throws in
                    let settings = world.settings.merging(settings) { $1 }
                    try await system.withOrchestrators(replicas, settings: settings, failpoints: failpoints) {
                        try await body(system, client, world)
                    }
                }
            }
        }
    }

    /// The callback of the first attempt's courier.
    static func scan(_ word: String, hour: Int = 8, of system: TestSystem, _ client: TestClient) async throws {
        let number = try #require(try await system.texts("SELECT tracking_number FROM bookings WHERE attempt = 1").first)
        #expect(try await client.scan(number, word, hour: hour).status == 200)
    }

    static func reference(_ system: TestSystem) async throws -> String {
        let order = try #require(try await system.texts("SELECT id::text FROM orders").first.flatMap { UUID(uuidString: $0) })
        return Booking.reference(of: OrderID(order), attempt: 1).uuidString.lowercased()
    }

    /// The first request is so slow that a look-up does not find it. The order is cancelled, or sent elsewhere, meanwhile.
    @Test(arguments: [true, false], replicas)
    func `a label that appears after the courier said there was none is taken back`(
        isCancelled: Bool,
        replicas: Int
    ) async throws {
        let settings = ["BOOKING_CHECK_MS": "2000", "INTERNAL_BOOKING_EVENTS_BACKOFF_MS": "600000"]
        try await Self.with(replicas, faults: ["book/late=4s:1x1"], settings: settings) { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.waitForNextAttempt()
            #expect(try await system.bookingStates() == ["1 unknown"])
            _ = try await client.send(
                TestOrder().with {
                    if isCancelled { $0.isCancelled = true } else { $0.city = "Giza" }
                }
            )
            try await system.settled()
            try await system.makeJobsDue()
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

    @Test(arguments: replicas)
    func `a label that appears when every attempt is used up is adopted`(replicas: Int) async throws {
        let settings = [
            "BOOKING_CHECK_MS": "2000", "INTERNAL_BOOKING_EVENTS_ATTEMPTS": "2", "COURIER_COMMANDS_ATTEMPTS": "20",
        ]
        let faults = ["book/late=4s:1x1", "book/reset"]
        try await Self.with(replicas, faults: faults, settings: settings) { system, client, world in
            _ = try await client.send(TestOrder())
            while try await system.count("SELECT count(*) FROM jobs WHERE state = 'dead'") == 0 { try await Moment.pass() }
            #expect(try await system.bookingStates() == ["1 parked"])
            while try await system.bookingStates() != ["1 booked"] { try await Moment.pass() }
            // In the same transaction: nothing is left for a person to do.
            let letter = "SELECT outcome || ': ' || reason FROM finished_jobs WHERE key LIKE 'book:%'"
            #expect(try await system.texts(letter) == ["cancelled: given up on, and its label came later"])
            #expect(try await system.count("SELECT count(*) FROM jobs WHERE state = 'dead'") == 0)
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{}"])
            #expect(world.sandbox.report().activeLabels == 1)
            #expect(world.complaints == [])
        }
    }

    /// Somebody else brings the label while the last attempt waits for its answer.
    @Test func `a booking whose label is there when its last attempt ends is no dead letter`() async throws {
        let settings = ["QUEUE_DEFAULT_ATTEMPTS": "1", "COURIER_CALL_TIMEOUT_MS": "3000", "BOOKING_CHECK_MS": "600000"]
        try await Self.with(faults: ["courier/timeout"], settings: settings) { system, client, _ in
            let order = TestOrder()
            _ = try await client.send(order)
            while try await system.bookingStates() != ["1 requested"] { try await Moment.pass() }
            let id = try #require(try await system.texts("SELECT id::text FROM orders").first.flatMap { UUID(uuidString: $0) })
            let shop = try #require(try await system.texts("SELECT shop FROM orders").first)
            let label = IncomingEvent.booked(
                BookedAttempt(order: OrderID(id), shop: shop, refID: "\(order.id)", attempt: 1),
                waybill: Waybill(courier: try #require(CourierName("courier")), trackingNumber: "TRK-1"),
                fee: nil,
                currency: nil,
                receivedAt: TestClock.now()
            )
            _ = try await system.pool.withConnection { try EventAppend.append([label], on: $0) }
            let filed = "SELECT outcome FROM finished_jobs WHERE key LIKE 'book:%'"
            while try await system.texts(filed) != ["cancelled"] { try await Moment.pass() }
            #expect(try await system.bookingStates() == ["1 booked"])
            #expect(try await system.count("SELECT count(*) FROM jobs WHERE state = 'dead' AND key LIKE 'book:%'") == 0)
        }
    }

    /// The refusal stays behind as a dead letter; the next attempt waits behind it.
    @Test(arguments: replicas)
    func `an order that the courier refused is booked by itself once its address is corrected`(replicas: Int) async throws {
        try await Self.with(replicas, faults: ["book/422:1x1"]) { system, client, world in
            _ = try await client.send(TestOrder())
            while try await system.count("SELECT count(*) FROM jobs WHERE state = 'dead'") == 0 { try await Moment.pass() }
            #expect(try await system.bookingStates() == ["1 rejected"])
            _ = try await client.send(TestOrder().with { $0.city = "Giza" })
            while try await system.bookingStates() != ["1 rejected", "2 booked"] { try await Moment.pass() }
            try await system.drained()
            #expect(try await system.count("SELECT count(*) FROM jobs") == 0)
            #expect(world.complaints == [])
            #expect(try await system.brokenPromises() == [])
        }
    }

    /// Whatever ends the last attempt: no answer that helps, an answer to the look-up that nobody understands, or a wrong token.
    @Test(
        arguments: [
            "courier/500", "look-up/418", "courier/malformed", "courier/oversized", "courier/wrong-subject", "courier/timeout",
            "book/401", "book/403",
        ],
        replicas
    )
    func `an order whose attempts are used up is parked and flagged, and booked when somebody requeues it`(
        fault: String,
        replicas: Int
    ) async throws {
        let faults = fault.hasPrefix("look-up") ? ["book/500", fault] : [fault]
        var settings = ["QUEUE_DEFAULT_ATTEMPTS": "2", "BREAKER_FAILURES": "1000"]
        // Patience costs time only where no answer comes.
        if fault == "courier/timeout" { settings["COURIER_CALL_TIMEOUT_MS"] = "3000" }
        try await Self.with(replicas, faults: faults, settings: settings) { system, client, world in
            _ = try await client.send(TestOrder())
            while try await system.count("SELECT count(*) FROM jobs WHERE state = 'dead'") == 0 { try await Moment.pass() }
            #expect(try await system.bookingStates() == ["1 parked"])
            let letter = try #require(
                try await system.texts(
                    "SELECT last_error || coalesce(' ' || convert_from(last_answer, 'UTF8'), '') FROM jobs WHERE state = 'dead'"
                ).first
            )
            #expect(letter.hasPrefix("the courier service"))
            #expect(letter.contains("{") == !["courier/oversized", "courier/timeout"].contains(fault), "\(letter)")
            #expect(try await system.count("SELECT count(*) FROM orders WHERE flags @> '{booking_parked}'") == 1)
            world.sandbox.replaceFaults([])
            let requeued = try await system.pool.transaction {
                try DeadLetters.requeue(DeadLetters.Filter(queue: .bookings), ratePerSecond: 1_000, in: &$0)
            }
            #expect(requeued == 1)
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 booked"])
            #expect(try await system.count("SELECT count(*) FROM orders WHERE flags @> '{booking_parked}'") == 0)
            #expect(world.complaints == [])
        }
    }

    @Test(arguments: replicas)
    func `a request that is sent again makes no second label when the first one arrives at last`(replicas: Int) async throws {
        try await Self.with(replicas, faults: ["book/late=6s:1x1"]) { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 booked"])
            while world.sandbox.report().pendingSteps > 0 { try await Moment.pass() }
            #expect(world.sandbox.report().labels == 1)
            #expect(world.calls("book") == 2)
            #expect(world.complaints == [])
        }
    }

    @Test(arguments: replicas)
    func `an order that is cancelled before a worker takes its command is never booked`(replicas: Int) async throws {
        try await Self.with(replicas, settings: ["BOOKING_SETTLE_MS": "600000"]) { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.settled()
            #expect(try await system.bookingStates() == ["1 claimed"])
            _ = try await client.send(TestOrder().with { $0.isCancelled = true })
            try await system.settled()
            #expect(try await system.bookingStates() == ["1 cancelled"])
            try await system.makeJobsDue()
            try await system.drained()
            #expect(try await system.texts("SELECT outcome FROM finished_jobs") == ["cancelled"])
            #expect(world.calls("book") == 0)
            #expect(try await system.brokenPromises() == [])
        }
    }

    /// We may know that the courier has the parcel, or hear it first when we ask to cancel.
    @Test(arguments: [true, false], replicas)
    func `an order that is cancelled when the courier has its parcel gets it back`(isKnown: Bool, replicas: Int) async throws {
        try await Self.with(replicas) { system, client, world in
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
    @Test(arguments: ["cancel", "return"], replicas)
    func `a command to the courier that is given up flags its order until it succeeds`(
        command: String,
        replicas: Int
    ) async throws {
        let settings = ["COURIER_COMMANDS_ATTEMPTS": "2", "BREAKER_FAILURES": "1000"]
        try await Self.with(replicas, faults: ["\(command)/500"], settings: settings) { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.drained()
            if command == "return" { try await world.move(Self.reference(system), to: "picked_up") }
            _ = try await client.send(TestOrder().with { $0.isCancelled = true })
            while try await system.count("SELECT count(*) FROM jobs WHERE state = 'dead'") == 0 { try await Moment.pass() }
            #expect(try await system.bookingStates() == ["1 \(command)_requested"])
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{\(command)_given_up}"])
            #expect(try await system.texts("SELECT reason FROM bookings") == ["the courier service: the answer was 500"])
            world.sandbox.replaceFaults([])
            _ = try await system.pool.transaction {
                try DeadLetters.requeue(DeadLetters.Filter(queue: .courierCommands), ratePerSecond: 1_000, in: &$0)
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

    @Test(arguments: [[], ["cancel/accept-then-timeout:1x1", "book/accept-then-reset:1x2"]], replicas)
    func `an address that changes after the booking cancels the label and books anew`(
        faults: [String],
        replicas: Int
    ) async throws {
        let settings = ["COURIER_CALL_TIMEOUT_MS": "3000"]
        try await Self.with(replicas, faults: faults, settings: settings) { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.drained()
            _ = try await client.send(TestOrder().with { $0.city = "Giza" })
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 cancelled", "2 booked"])
            #expect(try await system.order("1")?.orderStatus == "BOOKED")
            try await Self.expectSecondLabel(system, world)
            #expect(world.sandbox.report().labels == 2)
            #expect(world.sandbox.report().activeLabels == 1)
            #expect(world.sandbox.report().worstActiveLabelsOfAnOrder == 1)
            #expect(world.complaints == [])
            #expect(try await system.brokenPromises() == [])
        }
    }

    /// What is paid already is collected from nobody.
    @Test(arguments: replicas)
    func `cash on delivery is booked before it is paid, and the shop is told once the courier has the money`(
        replicas: Int
    ) async throws {
        try await Self.with(replicas) { system, client, world in
            _ = try await client.send(TestOrder(1).paidAtTheDoor)
            _ = try await client.send(TestOrder(2))
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 booked", "1 booked"])
            #expect(world.sandbox.report().cashToCollect == Money("150.00"))
            #expect(world.sandbox.report().paidOrders == 0)
            let numbers = "SELECT b.tracking_number FROM bookings AS b JOIN orders AS o ON o.id = b.order_id WHERE o.ref_id = '1'"
            let number = try #require(try await system.texts(numbers).first)
            #expect(try await client.collected(number).status == 200)
            try await system.drained()
            #expect(try await system.order("1")?.orderStatus == "DELIVERED")
            #expect(world.sandbox.report().paidOrders == 1)
            #expect(world.calls("order-mark-as-paid") == 1)
            #expect(world.complaints == [])
        }
    }

    @Test func `cash on delivery that is not wanted here waits for its payment`() async throws {
        try await Self.with(settings: ["BOOKING_COD": "deny"]) { system, client, world in
            let order = TestOrder().paidAtTheDoor
            _ = try await client.send(order)
            try await system.drained()
            #expect(try await system.bookingStates() == [])
            _ = try await client.send(order.with { $0.status = "paid" })
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 booked"])
            #expect(world.sandbox.report().cashToCollect == .zero)
            #expect(world.complaints == [])
        }
    }

    /// A worker stalls before its call; meanwhile another looks up, finds nothing, and the order is cancelled.
    @Test(arguments: replicas)
    func `a label that is made after its attempt was given up is taken back`(replicas: Int) async throws {
        let stall = FailpointPlan(.stall(.seconds(10)))
        let settings = ["INTERNAL_BOOKING_EVENTS_DEADLINE_MS": "60000"]
        try await Self.with(replicas, settings: settings, failpoints: [.jobBeforeCall: stall]) { system, client, world in
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
}

extension TestSystem {
    /// Returns once a job waits for its second attempt; the wait begins when the job is written down.
    func waitForNextAttempt() async throws {
        let waits = "SELECT count(*) FROM jobs WHERE state = 'ready' AND attempt = 1"
        while try await count(waits) == 0 { try await Moment.pass() }
    }

    /// What waits for a later attempt, or for its order to be quiet, waits no longer.
    func makeJobsDue() async throws {
        try await execute("UPDATE jobs SET run_at = now() WHERE state = 'ready'")
    }
}
