import Storefront
import Testing

@Suite struct RateLimiterStateMachineTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `a client may come as often as its bucket holds, and then as often as it fills`() {
        var machine = RateLimiterStateMachine<String>(burst: 3, perSecond: 2, clients: 10)
        let start = 100 * Self.second
        for _ in 0..<3 { #expect(machine.take("a", now: start) == nil) }
        #expect(machine.take("a", now: start) == Self.second / 2)
        #expect(machine.take("a", now: start + Self.second / 4) == Self.second / 4)
        #expect(machine.take("a", now: start + Self.second / 2) == nil)
        #expect(machine.take("a", now: start + Self.second / 2) != nil)
    }

    @Test func `a refused request costs nothing, and clients do not pay for each other`() {
        var machine = RateLimiterStateMachine<String>(burst: 1, perSecond: 1, clients: 10)
        #expect(machine.take("a", now: 0) == nil)
        for _ in 0..<100 { #expect(machine.take("a", now: 1) != nil) }
        #expect(machine.take("b", now: 1) == nil)
        #expect(machine.take("a", now: Self.second) == nil)
    }

    @Test func `a rest never saves up more than the bucket holds`() {
        var machine = RateLimiterStateMachine<String>(burst: 2, perSecond: 1, clients: 10)
        #expect(machine.take("a", now: 0) == nil)
        let later = 1_000 * Self.second
        #expect(machine.take("a", now: later) == nil)
        #expect(machine.take("a", now: later) == nil)
        #expect(machine.take("a", now: later) != nil)
    }

    @Test func `the number of clients is bounded and a busy one is not forgotten`() {
        var machine = RateLimiterStateMachine<Int>(burst: 1_000, perSecond: 1, clients: 100)
        for round in 1...1_000 {
            #expect(machine.take(0, now: 0) == nil)
            #expect(machine.take(round, now: 0) == nil)
            #expect(machine.count <= 100)
        }
        #expect(machine.take(0, now: 0) != nil)
    }
}
