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
            try DeadLetters.requeue(JobView.Filter(), ratePerSecond: 1_000, in: &$0)
        }
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

    /// The label is there and nobody knows of it: every answer was lost.
    @Test(arguments: replicas)
    func `a parked order that is cancelled ends with its letter, and its label is looked for and taken back`(
        replicas: Int
    ) async throws {
        let faults = ["book/accept-then-reset", "look-up/500"]
        let settings = ["INTERNAL_BOOKING_EVENTS_ATTEMPTS": "2", "BREAKER_FAILURES": "1000", "BOOKING_CHECK_MS": "600000"]
        try await Self.with(replicas, faults: faults, settings: settings) { system, client, world in
            _ = try await client.send(TestOrder())
            while try await system.count(Self.letters) == 0 { try await Moment.pass() }
            #expect(try await system.bookingStates() == ["1 parked"])
            await #expect(throws: DeadLetters.OpenBookings.self) {
                _ = try await system.pool.transaction {
                    try DeadLetters.discard(JobView.Filter(queue: .bookings), reason: "test", in: &$0)
                }
            }
            #expect(try await system.count(Self.letters) == 1)
            world.sandbox.replaceFaults([])
            _ = try await client.send(TestOrder().with { $0.isCancelled = true })
            while world.sandbox.report().activeLabels > 0 { try await Moment.pass() }
            while try await system.bookingStates() != ["1 cancelled"] { try await Moment.pass() }
            let filed = "SELECT outcome || ': ' || reason FROM finished_jobs WHERE key LIKE 'book:%'"
            #expect(try await system.texts(filed) == ["cancelled: given up on, and not wanted any more"])
            #expect(try await system.count(Self.letters) == 0)
            #expect(world.calls("cancel") == 1)
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{}"])
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
            func hold(_ word: String) async throws {
                let body = #"{"fulfillment_order":{"id":7,"order_id":1},"fulfillment_hold":{"id":"h"}}"#
                #expect(try await client.shopify(body, topic: "fulfillment_holds/\(word)").status == 200)
            }
            _ = try await client.send(TestOrder())
            _ = try await Self.letter(system)
            #expect(try await system.bookingStates() == ["1 rejected"])
            world.sandbox.replaceFaults([])
            try await hold("added")
            while try await system.bookingStates() != ["1 cancelled"] { try await Moment.pass() }
            #expect(try await system.count(Self.letters) == 0)
            #expect(try await system.texts("SELECT flags::text FROM orders") == ["{}"])
            // Whatever the courier has said of it: a label that it has all the same is found and taken back.
            try await system.drained()
            #expect(world.sandbox.report().activeLabels == 0)
            try await hold("released")
            while try await system.bookingStates() != ["1 cancelled", "2 booked"] { try await Moment.pass() }
            try await system.drained()
            #expect(world.sandbox.report().activeLabels == 1)
            #expect(world.complaints == [])
            #expect(try await system.brokenPromises() == [])
        }
    }
}
