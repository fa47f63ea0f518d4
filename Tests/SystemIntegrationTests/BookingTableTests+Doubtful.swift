import ChaosKit
import EventStore
import FoundationEssentials
import Orders
import Postgres
import Queues
import TestSystem
import Testing

/// Couriers whose answers are well-formed and contradict themselves or us, and what a person does about them.
extension BookingTableTests {
    private static let letters = "SELECT count(*) FROM jobs WHERE state = 'dead'"

    private static func requeue(_ system: TestSystem) async throws {
        _ = try await system.pool.transaction {
            try DeadLetters.requeue(DeadLetters.Filter(), ratePerSecond: 1_000, in: &$0)
        }
    }

    private static func hold(_ word: String, _ client: TestClient) async throws {
        let body = #"{"fulfillment_order":{"id":7,"order_id":1},"fulfillment_hold":{"id":"h"}}"#
        #expect(try await client.shopify(body, topic: "fulfillment_holds/\(word)").status == 200)
    }

    private static func letter(_ system: TestSystem) async throws -> String {
        while try await system.count(letters) == 0 { try await Moment.pass() }
        let text = "SELECT last_error || ': ' || convert_from(last_answer, 'UTF8') FROM jobs WHERE state = 'dead'"
        return try #require(try await system.texts(text).first)
    }

    /// An earlier request of the attempt made the label, with a body that the order has changed since.
    @Test(arguments: replicas)
    func `a reference that the courier knows with another body has a label, which is looked up and adopted`(
        replicas: Int
    ) async throws {
        try await Self.with(replicas) { system, client, world in
            let order = OrderID(source: "shopify", shop: "test.myshopify.com", refID: "1")
            let reference = Booking.reference(of: order, attempt: 1).uuidString.lowercased()
            let body = #"{"reference":"\#(reference)","order":{"id":"\#(order)"},"destination":{"city":"Cairo"}}"#
            let answer = try await world.client.post(
                "/v1/shipments",
                Array(body.utf8),
                headers: [("Idempotency-Key", reference)]
            )
            #expect(answer.status == 201)
            _ = try await client.send(TestOrder())
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 booked"])
            #expect(world.sandbox.report().calls["book"] == ["201": 1, "409": 1])
            #expect(world.sandbox.report().labels == 1)
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{}"])
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test(arguments: ["cancel", "return"], replicas)
    func `a courier that says well-formed nonsense of a cancellation or a return is not believed`(
        command: String,
        replicas: Int
    ) async throws {
        let settings = ["COURIER_COMMANDS_ATTEMPTS": "2"]
        let fault = command == "cancel" ? "cancel/says-booked" : "return/says-delivered"
        try await Self.with(replicas, faults: [fault], settings: settings) { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.drained()
            if command == "return" { try await world.move(Self.reference(system), to: "picked_up") }
            _ = try await client.send(TestOrder().with { $0.isCancelled = true })
            let letter = try await Self.letter(system)
            #expect(letter.contains(#""status":"\#(command == "cancel" ? "booked" : "delivered")""#), "\(letter)")
            #expect(try await system.bookingStates() == ["1 \(command)_requested"])
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{\(command)_given_up}"])
            world.sandbox.replaceFaults([])
            try await Self.requeue(system)
            try await system.drained()
            #expect(try await system.count(Self.letters) == 0)
            if command == "return" {
                try await world.move(Self.reference(system), to: "returned")
                try await Self.scan("returned", hour: 9, of: system, client)
                try await system.drained()
            }
            #expect(try await system.bookingStates() == [command == "cancel" ? "1 cancelled" : "1 returned"])
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{}"])
            #expect(world.complaints == [])
        }
    }

    @Test(arguments: replicas)
    func `a courier that answers a cancellation with a parcel on its way has it, and is asked for it`(
        replicas: Int
    ) async throws {
        try await Self.with(replicas, faults: ["cancel/says-in_transit"]) { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.drained()
            try await world.move(Self.reference(system), to: "in_transit")
            _ = try await client.send(TestOrder().with { $0.isCancelled = true })
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 return_requested"])
            #expect(try await system.count("SELECT count(*) FROM event_store WHERE topic = 'booking/cancelled'") == 0)
            #expect(world.calls("return") == 1)
            #expect(world.complaints == [])
        }
    }

    @Test(arguments: replicas)
    func `a booking that is answered with a cancelled label is a refusal, and one requeue books it`(
        replicas: Int
    ) async throws {
        try await Self.with(replicas, faults: ["book/accept-then-says-cancelled"]) { system, client, world in
            _ = try await client.send(TestOrder())
            let letter = try await Self.letter(system)
            #expect(letter.contains(#""status":"cancelled""#), "\(letter)")
            #expect(try await system.bookingStates() == ["1 rejected"])
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{booking_rejected}"])
            #expect(world.calls("book") == 1)
            world.sandbox.replaceFaults([])
            try await Self.requeue(system)
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 booked"])
            #expect(world.calls("book") == 1)
            #expect(world.sandbox.report().labels == 1)
            #expect(world.complaints == [])
        }
    }

    @Test(arguments: replicas)
    func `an order that the courier refused is booked when somebody requeues it after the courier is mended`(
        replicas: Int
    ) async throws {
        try await Self.with(replicas, faults: ["book/422"]) { system, client, world in
            _ = try await client.send(TestOrder())
            while try await system.count(Self.letters) == 0 { try await Moment.pass() }
            #expect(try await system.bookingStates() == ["1 rejected"])
            // As long as the courier refuses, the letter comes back.
            try await Self.requeue(system)
            while world.calls("book") < 2 { try await Moment.pass() }
            while try await system.count(Self.letters) == 0 { try await Moment.pass() }
            #expect(try await system.bookingStates() == ["1 rejected"])
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{booking_rejected}"])
            world.sandbox.replaceFaults([])
            try await Self.requeue(system)
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 booked"])
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{}"])
            // Never blindly: each requeue looks first.
            #expect(world.calls("look-up") >= 2)
            #expect(world.calls("book") == 3)
            #expect(world.sandbox.report().labels == 1)
            #expect(world.complaints == [])
            #expect(try await system.brokenPromises() == [])
        }
    }

    /// Beside an order that is parked: its label is there and nobody knows of it, as every answer was lost; the next is not.
    private static func withParked(
        _ replicas: Int,
        _ body: (TestSystem, TestClient, TestSandbox) async throws -> Void
    ) async throws {
        let faults = ["book/accept-then-reset", "look-up/500"]
        let settings = ["INTERNAL_BOOKING_EVENTS_ATTEMPTS": "2", "BREAKER_FAILURES": "1000", "BOOKING_CHECK_MS": "600000"]
        try await with(replicas, faults: faults, settings: settings) { system, client, world in
            _ = try await client.send(TestOrder())
            while try await system.count(letters) == 0 { try await Moment.pass() }
            #expect(try await system.bookingStates() == ["1 parked"])
            world.sandbox.replaceFaults([])
            try await body(system, client, world)
            #expect(try await system.count(letters) == 0)
            #expect(world.calls("cancel") == 1)
            #expect(try await system.count("SELECT count(*) FROM orders WHERE flags @> '{booking_parked}'") == 0)
            #expect(world.complaints == [])
            #expect(try await system.brokenPromises() == [])
        }
    }

    @Test(arguments: Change.allCases.filter { !$0.isBookedAnew }, replicas)
    func `a parked order that is not wanted any more ends with its letter, and its label is looked for and taken back`(
        change: Change,
        replicas: Int
    ) async throws {
        try await Self.withParked(replicas) { system, client, world in
            await #expect(throws: DeadLetters.OpenBookings.self) {
                _ = try await system.pool.transaction {
                    try DeadLetters.discard(DeadLetters.Filter(queue: .bookings), reason: "test", in: &$0)
                }
            }
            #expect(try await system.count(Self.letters) == 1)
            try await change.send(client)
            while world.sandbox.report().activeLabels > 0 { try await Moment.pass() }
            while try await system.bookingStates() != ["1 cancelled"] { try await Moment.pass() }
            let filed = "SELECT outcome || ': ' || reason FROM finished_jobs WHERE key LIKE 'book:%'"
            #expect(try await system.texts(filed) == ["cancelled: given up on, and not wanted any more"])
        }
    }

    /// Its address changes when it is not wanted, or while it is parked: then it waits for the person who requeues it.
    @Test(arguments: [Change.unpaid, .moved], replicas)
    func `an order that was parked is booked at another address`(change: Change, replicas: Int) async throws {
        try await Self.withParked(replicas) { system, client, world in
            try await change.send(client)
            if change == .unpaid {
                while try await system.bookingStates() != ["1 cancelled"] { try await Moment.pass() }
                _ = try await client.send(
                    TestOrder().with {
                        $0.second += 1
                        $0.city = "Giza"
                    }
                )
            } else {
                try await system.settled()
                #expect(try await system.bookingStates() == ["1 parked"])
                try await Self.requeue(system)
            }
            while try await system.bookingStates() != ["1 cancelled", "2 booked"] { try await Moment.pass() }
            while world.sandbox.report().activeLabels > 1 { try await Moment.pass() }
            #expect(world.calls("book") == 2)
        }
    }

    /// The first request is slower than a look-up, and the one that follows this makes a label of its own.
    @Test(arguments: replicas)
    func `a courier that forgets keys is known by one of its two labels, and callbacks about the other are parked`(
        replicas: Int
    ) async throws {
        try await Self.with(replicas, faults: ["book/late=4s:1x1", "forgets-keys"]) { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.drained()
            while world.sandbox.report().pendingSteps > 0 { try await Moment.pass() }
            #expect(try await system.bookingStates() == ["1 booked"])
            let number = try #require(try await system.texts("SELECT tracking_number FROM bookings").first)
            #expect(try await client.scan("\(number)-2", "delivered").status == 200)
            try await system.drained()
            #expect(try await system.texts("SELECT status FROM audit_log WHERE source = 'courier'") == ["parked"])
            #expect(try await system.order("1")?.orderStatus == "BOOKED")
            #expect(try await client.scan(number, "shipped").status == 200)
            try await system.drained()
            #expect(try await system.order("1")?.orderStatus == "SHIPPED")
            #expect(world.sandbox.report().blindRetries == 0)
            // Nothing but the courier's own second label is wrong.
            #expect(world.complaints == ["at most one label for each reference: 2 labels for 1 references, worst 2"])
            #expect(try await system.brokenPromises() == [])
        }
    }

    /// How a person has another try at the same address, whatever the courier holds against the reference.
    @Test(arguments: ["book/422", "book/accept-then-says-cancelled"], replicas)
    func `an order that was refused is booked anew when it is released from a hold, and its letter ends`(
        fault: String,
        replicas: Int
    ) async throws {
        try await Self.with(replicas, faults: [fault]) { system, client, world in
            _ = try await client.send(TestOrder())
            _ = try await Self.letter(system)
            #expect(try await system.bookingStates() == ["1 rejected"])
            world.sandbox.replaceFaults([])
            try await Self.hold("added", client)
            while try await system.bookingStates() != ["1 cancelled"] { try await Moment.pass() }
            #expect(try await system.count(Self.letters) == 0)
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{}"])
            // Whatever the courier has said of it: a label that it has all the same is found and taken back.
            try await system.drained()
            #expect(world.sandbox.report().activeLabels == 0)
            try await Self.hold("released", client)
            while try await system.bookingStates() != ["1 cancelled", "2 booked"] { try await Moment.pass() }
            try await system.drained()
            #expect(world.sandbox.report().activeLabels == 1)
            #expect(world.complaints == [])
            #expect(try await system.brokenPromises() == [])
        }
    }

    /// Its courier says so twice. The order waits for a person, who holds and releases it.
    @Test(arguments: replicas)
    func `a label that its courier cancels by itself is noted once in Shopify, and booked anew only after a hold`(
        replicas: Int
    ) async throws {
        try await Self.with(replicas) { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.drained()
            let number = try #require(try await system.texts("SELECT tracking_number FROM bookings").first)
            func expectNoted() async throws {
                #expect(world.calls("order-update") == 1)
                #expect(world.sandbox.report().notedOrders == 1)
                #expect(try await world.note(of: 1) == "The courier cancelled \(number).")
            }
            try await world.move(Self.reference(system), to: "cancelled")
            for _ in 1...2 {
                #expect(try await client.voided(number).status == 200)
                try await system.drained()
                #expect(try await system.bookingStates() == ["1 rejected"])
                #expect(try await system.texts("SELECT flags::text FROM orders") == ["{booking_rejected}"])
                #expect(try await system.count("SELECT count(*) FROM jobs") == 0)
                #expect(world.calls("book") == 1)
                #expect(world.calls("cancel") == 0)
                try await expectNoted()
            }
            try await Self.hold("added", client)
            while try await system.bookingStates() != ["1 cancelled"] { try await Moment.pass() }
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{}"])
            try await Self.hold("released", client)
            while try await system.bookingStates() != ["1 cancelled", "2 booked"] { try await Moment.pass() }
            try await system.drained()
            #expect(world.sandbox.report().labels == 2)
            #expect(world.sandbox.report().activeLabels == 1)
            #expect(world.calls("cancel") == 0)
            try await Self.expectSecondLabel(system, world)
            try await expectNoted()
            #expect(world.complaints == [])
            #expect(try await system.brokenPromises() == [])
        }
    }
}
