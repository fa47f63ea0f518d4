import FoundationEssentials
import Orders
import Testing

@testable import ChaosKit

@Suite("The callbacks of the sandbox")
struct CallbackTimelineTests {
    private func shipment(_ number: UInt8) -> SandboxShipment {
        SandboxShipment(
            reference: UUID(uuid: (number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
            orderID: "o",
            bodyHash: 0,
            trackingNumber: "SBX\(number)"
        )
    }

    private func story(returned: Double = 0) -> ParcelStory {
        ParcelStory(pace: .seconds(1), returned: returned, seed: 3)
    }

    @Test func `come soonest first, and in the order of their making when they are due together`() {
        var timeline = CallbackTimeline()
        var random = SplitMix64(seed: 5)
        let base = CallbackStep(
            reference: shipment(1).reference,
            trackingNumber: "x",
            word: "",
            occursAt: .epoch,
            tellsAt: .epoch
        )
        for number in 0..<500 {
            var step = base
            step.word = "\(number)"
            step.occursAt = Instant.epoch.advanced(byMicroseconds: Int64(random.int(in: 0..<50)))
            timeline.add(step)
        }
        let due = timeline.due(at: .latest, limit: 1_000)
        #expect(due.count == 500)
        #expect(timeline.count == 0)
        let keys = due.map { ($0.occursAt.microseconds, Int($0.word) ?? 0) }
        #expect(zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 }, "seed 5")
    }

    @Test func `wait for their time`() {
        var timeline = CallbackTimeline()
        for step in story().steps(for: shipment(1), fate: .init(), at: .epoch) { timeline.add(step) }
        let none = timeline.due(at: .epoch, limit: 10)
        #expect(none.isEmpty)
        let later = Instant.epoch.advanced(byMicroseconds: 2_000_000)
        let due = timeline.due(at: later, limit: 10)
        #expect(due.map(\.word) == ["fulfilling", "shipped"])
    }

    @Test func `tell of a delivery or a return, the same in every run`() {
        let words = story().steps(for: shipment(1), fate: .init(), at: .epoch).map(\.word)
        #expect(words == ["fulfilling", "shipped", "in_transit", "out_for_delivery", "delivered"])
        let back = story(returned: 1).steps(for: shipment(1), fate: .init(), at: .epoch).map(\.word)
        #expect(back == ["fulfilling", "shipped", "in_transit", "return_in_transit", "returned"])
        let some = (0..<100).map { story(returned: 0.3).steps(for: shipment($0), fate: .init(), at: .epoch).last?.word }
        #expect((10...50).contains(some.count { $0 == "returned" }))
        #expect(some == (0..<100).map { story(returned: 0.3).steps(for: shipment($0), fate: .init(), at: .epoch).last?.word })
    }

    @Test func `are told out of order, but never before they happen`() {
        var fate = SandboxFaults.Fate()
        fate.outOfOrder = true
        let stories = (0..<50).map { story().steps(for: shipment($0), fate: fate, at: .epoch) }
        #expect(stories.joined().allSatisfy { $0.tellsAt >= $0.occursAt })
        #expect(stories.contains { steps in zip(steps, steps.dropFirst()).contains { $0.tellsAt > $1.tellsAt } })
        #expect(stories.allSatisfy { steps in zip(steps, steps.dropFirst()).allSatisfy { $0.occursAt < $1.occursAt } })
    }

    @Test func `are not told of a parcel that was cancelled, and twice when they shall be`() {
        let clock = ManualClock()
        var options = SandboxOptions()
        options.callbacksTo = "http://127.0.0.1:1"
        options.pace = .seconds(1)
        options.returned = 0
        options.faults = [SandboxFault("duplicate-callbacks")].compactMap(\.self)
        let world = SandboxWorld(options: options, now: { clock.time })
        let reference = shipment(1).reference
        let body = Array(#"{"reference":"\#(reference)","order":{"id":"o"},"destination":{}}"#.utf8)
        let begun = world.begin(.init(operation: .book, subject: "\(reference)", key: "\(reference)"))
        _ = world.perform(begun, body: body, idempotencyKey: "\(reference)", graphQL: nil)

        clock.advance(seconds: 1)
        let first = world.happen(limit: 10)
        #expect(first.map(\.word) == ["fulfilling"])
        for step in first { world.told(step, isTold: true, isFinal: true) }
        clock.advance(seconds: 1)
        let second = world.happen(limit: 10)
        #expect(Set(second.map(\.word)) == ["fulfilling", "shipped"])
        for step in second { world.told(step, isTold: false, isFinal: false) }

        clock.advance(seconds: 10)
        #expect(world.report().pendingSteps > 0)
        #expect(world.happen(limit: 100).contains { $0.word == "delivered" })
        #expect(world.report().callbacksRetried == 2)
    }
}
