import ChaosKit
import Queues
import Testing

@testable import Orchestration

/// A call of a job whose lease is over is not made, and says nothing about its destination.
@Suite(.timeLimit(.minutes(5))) struct LeaseTests {
    private static let overdue = CallPermit(attempt: 1, endsBefore: .now)
    private static let isOver = CallResult<Orchestration.Shipment>.notNow("the lease is over", after: .zero)

    @Test func `it counts as no failure of the destination`() async throws {
        try await OutsideWorld.with(settings: ["BREAKER_FAILURES": "1"]) { world in
            let reference = OutsideWorld.shipment().reference
            for _ in 1...3 { #expect(await world.courier.lookUp(reference: reference, Self.overdue) == Self.isOver) }
            #expect(await world.courier.lookUp(reference: reference, CallPermit()).outcome == "absent")
            #expect(world.sandbox.report().calls["look-up"]?.values.reduce(0, +) == 1)
        }
    }

    /// The one call that an open breaker lets through must be one that is made.
    @Test func `it is told so even where the destination is left alone, and is no probe`() async throws {
        let settings = ["BREAKER_FAILURES": "1", "BREAKER_OPEN_MS": "2000"]
        try await OutsideWorld.with(faults: ["look-up/500:1x1"], settings: settings) { world in
            let reference = OutsideWorld.shipment().reference
            func lookUp(_ permit: CallPermit = CallPermit()) async -> CallResult<Orchestration.Shipment> {
                await world.courier.lookUp(reference: reference, permit)
            }
            #expect(await lookUp().outcome == "unknown")
            #expect(await lookUp().outcome == "not-now")
            // While it is open, and when a probe is due: whoever is late takes it from nobody.
            repeat { #expect(await lookUp(Self.overdue) == Self.isOver) } while await lookUp().outcome != "absent"
            #expect(world.sandbox.report().calls["look-up"]?.values.reduce(0, +) == 2)
        }
    }
}
