import Testing

@testable import Orchestration

@Suite("A circuit breaker")
struct CircuitBreakerTests {
    private typealias Machine = CircuitBreakerStateMachine

    private static let start = ContinuousClock.now
    private static let limits = Machine.Limits(failures: 3, firstOpen: .seconds(1), longestOpen: .seconds(3))

    private var machine = Machine(limits: limits)

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { Self.start + .milliseconds(milliseconds) }

    private mutating func ticket(_ milliseconds: Int) throws -> Machine.Ticket {
        guard case .go(let ticket) = machine.begin(now: at(milliseconds)) else { throw Refused() }
        return ticket
    }

    private struct Refused: Error {}

    private mutating func refusal(_ milliseconds: Int) throws -> Machine.Refusal {
        guard case .refuse(let refusal) = machine.begin(now: at(milliseconds)) else { throw NotRefused() }
        return refusal
    }

    private struct NotRefused: Error {}

    private mutating func call(_ milliseconds: Int, isAnswered: Bool) throws {
        let ticket = try ticket(milliseconds)
        machine.finish(ticket, failure: isAnswered ? nil : "no answer at \(milliseconds)", now: at(milliseconds))
    }

    @Test mutating func `stays closed while failures do not follow each other`() throws {
        for time in 0..<10 { try call(time, isAnswered: time % 3 == 2) }
        #expect(machine.condition == .closed)
    }

    @Test mutating func `opens at the limit of failures in a row and says how long it will stay so`() throws {
        for time in [0, 0, 0] { try call(time, isAnswered: false) }
        #expect(machine.condition == .open)
        #expect(try refusal(400).after == .milliseconds(600))
    }

    @Test mutating func `lets one probe through after its time, and nobody beside it`() throws {
        for time in [0, 0, 0] { try call(time, isAnswered: false) }
        _ = try ticket(1_000)
        #expect(machine.condition == .halfOpen)
        #expect(try refusal(1_001).after == .milliseconds(250))
    }

    @Test mutating func `says how long nobody has been answered, and why the last one was not`() throws {
        try call(0, isAnswered: true)
        for time in [100, 200, 300, 1_300] { try call(time, isAnswered: false) }
        let silent = try refusal(1_400)
        #expect(silent.silence == .milliseconds(1_200))
        #expect(silent.failure == "no answer at 1300")
        // While a probe is under way nobody knows.
        let probe = try ticket(3_300)
        #expect(try refusal(3_301).silence == .zero)
        machine.abandon(probe, now: at(3_302))
        try call(3_302, isAnswered: true)
        for _ in 1...3 { try call(4_000, isAnswered: false) }
        #expect(try refusal(4_001).silence == .zero)
    }

    @Test mutating func `an hour without calls is no hour of silence`() throws {
        for time in [0, 0, 1_000] { try call(time, isAnswered: false) }
        try call(3_600_000, isAnswered: false)
        #expect(try refusal(3_600_001).silence == .zero)
        try call(3_602_000, isAnswered: false)
        #expect(try refusal(3_602_001).silence == .seconds(2))
    }

    @Test mutating func `a probe that is not made leaves the next call to be the probe`() throws {
        for time in [0, 0, 0] { try call(time, isAnswered: false) }
        let late = try ticket(1_000)
        machine.abandon(late, now: at(1_001))
        #expect(machine.condition == .open)
        try call(1_001, isAnswered: true)
        #expect(machine.condition == .closed)
        machine.abandon(try ticket(1_002), now: at(1_002))
        #expect(machine.condition == .closed)
    }

    @Test mutating func `closes when the probe is answered`() throws {
        for time in [0, 0, 0] { try call(time, isAnswered: false) }
        try call(1_000, isAnswered: true)
        #expect(machine.condition == .closed)
        for time in [1_001, 1_002] { try call(time, isAnswered: false) }
        #expect(machine.condition == .closed)
    }

    @Test mutating func `stays open twice as long after each failed probe, up to its limit`() throws {
        for time in [0, 0, 0, 1_000] { try call(time, isAnswered: false) }
        #expect(try refusal(1_000).after == .seconds(2))
        try call(3_000, isAnswered: false)
        #expect(try refusal(3_000).after == .seconds(3))
    }

    @Test mutating func `does not count calls that began before it opened`() throws {
        let early = try ticket(0)
        for time in [0, 0, 0] { try call(time, isAnswered: false) }
        machine.finish(early, failure: nil, now: at(10))
        #expect(machine.condition == .open)
        let probe = try ticket(1_000)
        machine.finish(early, failure: "too late", now: at(1_001))
        #expect(machine.condition == .halfOpen)
        machine.finish(probe, failure: nil, now: at(1_002))
        #expect(machine.condition == .closed)
    }
}
