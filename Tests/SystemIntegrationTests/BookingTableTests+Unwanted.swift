import ChaosKit
import TestSystem
import Testing

/// Orders that are not wanted any more, or not there, before a courier has their parcels.
extension BookingTableTests {
    /// What makes an order unwanted that a courier has not fetched yet.
    enum Change: CaseIterable {
        case cancelled, voided, held, unpaid, moved

        /// What is active at the end.
        var isBookedAnew: Bool { self == .moved }

        func send(_ client: TestClient) async throws {
            let order = TestOrder().with { order in
                switch self {
                case .cancelled: order.isCancelled = true
                case .voided: order.status = "voided"
                case .unpaid: order.status = "pending"
                case .moved: order.city = "Giza"
                case .held: break
                }
            }
            let answer =
                self == .held
                ? try await client.shopify(
                    #"{"fulfillment_order":{"id":7,"order_id":1},"fulfillment_hold":{"id":"h"}}"#,
                    topic: "fulfillment_holds/added"
                ) : try await client.send(order)
            #expect(answer.status == 200)
        }
    }

    @Test(arguments: Change.allCases, replicas)
    func `an order that is not wanted any more after its booking is cancelled at the courier`(
        change: Change,
        replicas: Int
    ) async throws {
        try await Self.with(replicas) { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.drained()
            #expect(try await system.bookingStates() == ["1 booked"])
            try await change.send(client)
            try await system.drained()
            #expect(try await system.bookingStates() == (change.isBookedAnew ? ["1 cancelled", "2 booked"] : ["1 cancelled"]))
            #expect(world.calls("cancel") == 1)
            #expect(world.sandbox.report().activeLabels == (change.isBookedAnew ? 1 : 0))
            #expect(world.complaints == [])
            #expect(try await system.brokenPromises() == [])
        }
    }

    /// The answer to the booking is lost, and the order has changed before anybody looks what became of it.
    @Test(arguments: Change.allCases, replicas)
    func `an order that is not wanted any more when its label is found has it taken back`(
        change: Change,
        replicas: Int
    ) async throws {
        let settings = ["INTERNAL_BOOKING_EVENTS_BACKOFF_MS": "600000"]
        try await Self.with(replicas, faults: ["book/accept-then-reset:1x1"], settings: settings) { system, client, world in
            _ = try await client.send(TestOrder())
            try await system.waitForNextAttempt()
            #expect(try await system.bookingStates() == ["1 unknown"])
            try await change.send(client)
            try await system.settled()
            #expect(try await system.bookingStates() == ["1 unknown"])
            try await system.makeJobsDue()
            try await system.drained()
            #expect(try await system.bookingStates() == (change.isBookedAnew ? ["1 cancelled", "2 booked"] : ["1 cancelled"]))
            #expect(world.calls("cancel") == 1)
            #expect(world.sandbox.report().activeLabels == (change.isBookedAnew ? 1 : 0))
            #expect(world.complaints == [])
            #expect(try await system.brokenPromises() == [])
        }
    }
}
