import Testing

@testable import Queues

@Suite struct TurnQueueTests {
    private static let start = ContinuousClock.now
    private static let window: Duration = .seconds(1)

    private static func turn(_ number: Int, after wait: Duration = .zero) -> Limiter.Turn {
        Limiter.Turn(name: "turn-\(number)", time: 0, start: start + wait)
    }

    private static func grant(_ turns: [Limiter.Turn] = [], wait: Duration = .zero, state: String = "one") -> Limiter.Grant {
        Limiter.Grant(turns: turns, soon: 0, wait: wait, time: 0, state: state)
    }

    private static func asked(_ question: TurnQueue.Question?) throws -> TurnQueue.Question { try #require(question) }

    private static func queue() -> TurnQueue { TurnQueue(window: window, now: start) }

    @Test func `nothing to ask, nothing to remember`() {
        var queue = Self.queue()
        #expect(queue.isIdle && queue.due(now: Self.start) == nil)
        let question = queue.ask(now: Self.start)
        #expect(question?.wanted == nil)
    }

    @Test func `turns go to those who wait, in their order, and the rest is asked for shortly before the next one`() throws {
        var queue = Self.queue()
        for id in 1...3 { queue.wait(UInt64(id), until: Self.start + .seconds(5)) }
        let first = try Self.asked(queue.ask(now: Self.start))
        #expect(first.wanted == 3)
        let second = queue.ask(now: Self.start)
        #expect(second?.wanted == nil)
        let turns = [Self.turn(1), Self.turn(2, after: .milliseconds(5))]
        let answers = queue.answered(Self.grant(turns, wait: .milliseconds(200)), now: Self.start)
        #expect(answers.map(\.id) == [1, 2])
        #expect(answers.map(\.answer) == turns.map { .turn($0) })
        let due = try #require(queue.due(now: Self.start))
        #expect(due == Self.start + .milliseconds(190))
        let early = queue.ask(now: due - .milliseconds(1))
        #expect(early?.wanted == nil)
        let third = try Self.asked(queue.ask(now: due))
        #expect(third.wanted == 1)
    }

    @Test func `as long as calls are under way Redis is looked after, however long the next ones wait`() throws {
        var queue = Self.queue()
        for id in 1...2 { queue.wait(UInt64(id), until: Self.start + .seconds(5)) }
        _ = queue.ask(now: Self.start)
        _ = queue.answered(Self.grant([Self.turn(1)], wait: .milliseconds(900)), now: Self.start)
        #expect(queue.due(now: Self.start) == Self.start + .milliseconds(250))
        let question = try Self.asked(queue.ask(now: Self.start + .milliseconds(250)))
        #expect(question.wanted == 1)
        _ = queue.answered(Self.grant(wait: .milliseconds(650), state: "two"), now: Self.start + .milliseconds(250))
        let told = try Self.asked(queue.ask(now: Self.start + .milliseconds(890)))
        #expect(told.held.map(\.name) == ["turn-1"])
    }

    @Test func `whoever would wait beyond its deadline hears how long it would be`() {
        var queue = Self.queue()
        queue.wait(1, until: Self.start + .milliseconds(100))
        queue.wait(2, until: Self.start + .milliseconds(300))
        _ = queue.ask(now: Self.start)
        let answers = queue.answered(Self.grant(wait: .milliseconds(200)), now: Self.start)
        #expect(answers.map(\.id) == [1])
        #expect(answers.map(\.answer) == [.wait(.milliseconds(200))])
    }

    @Test func `a turn that nobody wants any more is given back`() throws {
        var queue = Self.queue()
        queue.wait(1, until: Self.start + .seconds(1))
        _ = queue.ask(now: Self.start)
        queue.withdraw(1)
        let answers = queue.answered(Self.grant([Self.turn(1)]), now: Self.start)
        #expect(answers.isEmpty)
        let question = try Self.asked(queue.ask(now: Self.start + .milliseconds(10)))
        #expect(question.ended.map(\.turn.name) == ["turn-1"])
    }

    @Test func `ends of calls are told together, or with the next question`() throws {
        var queue = Self.queue()
        for id in 1...3 { queue.wait(UInt64(id), until: Self.start + .seconds(1)) }
        _ = queue.ask(now: Self.start)
        _ = queue.answered(Self.grant((1...3).map { Self.turn($0) }), now: Self.start)
        queue.giveBack(Self.turn(1), end: Self.start + .milliseconds(1))
        queue.giveBack(Self.turn(2), end: Self.start + .milliseconds(4))
        let early = queue.ask(now: Self.start + .milliseconds(10))
        #expect(early?.wanted == nil)
        let told = try Self.asked(queue.ask(now: Self.start + .milliseconds(11)))
        #expect(told.ended.map(\.turn.name) == ["turn-1", "turn-2"])
        _ = queue.answered(Self.grant(), now: Self.start + .milliseconds(12))
        queue.giveBack(Self.turn(3), end: Self.start + .milliseconds(13))
        queue.wait(4, until: Self.start + .seconds(1))
        let next = try Self.asked(queue.ask(now: Self.start + .milliseconds(13)))
        #expect(next.ended.map(\.turn.name) == ["turn-3"] && next.wanted == 1)
    }

    @Test func `an outage closes all who wait, and keeps what is to be told`() throws {
        var queue = Self.queue()
        queue.wait(1, until: Self.start + .seconds(1))
        _ = queue.ask(now: Self.start)
        _ = queue.answered(Self.grant([Self.turn(1)]), now: Self.start)
        queue.giveBack(Self.turn(1), end: Self.start + .milliseconds(5))
        queue.wait(2, until: Self.start + .seconds(1))
        let question = try Self.asked(queue.ask(now: Self.start))
        #expect(question.ended.count == 1)
        let answers = queue.failed(question, because: "away", now: Self.start)
        #expect(answers.map(\.answer) == [.closed("away")])
        #expect(queue.due(now: Self.start) == Self.start + TurnQueue.outageWait)
        let again = try Self.asked(queue.ask(now: Self.start + TurnQueue.outageWait))
        #expect(again.ended.map(\.end) == [Self.start + .milliseconds(5)])
        _ = queue.answered(Self.grant(), now: Self.start)
        #expect(queue.isIdle)
    }

    @Test func `while a call is under way the limit is looked at within a window, and told of it when it has forgotten`() throws {
        var queue = Self.queue()
        for id in 1...2 { queue.wait(UInt64(id), until: Self.start + .seconds(1)) }
        _ = queue.ask(now: Self.start)
        _ = queue.answered(Self.grant([Self.turn(1), Self.turn(2)]), now: Self.start)
        let check = try #require(queue.due(now: Self.start))
        #expect(check < Self.start + Self.window / 2)
        let look = try Self.asked(queue.ask(now: check))
        #expect(look.wanted == 0 && look.held.isEmpty)
        queue.giveBack(Self.turn(2), end: check)
        _ = queue.answered(Self.grant(state: "two"), now: check)
        let told = try Self.asked(queue.ask(now: check))
        #expect(told.held.map(\.name) == ["turn-1"])
        #expect(told.ended.map(\.turn.name) == ["turn-2"])
        // Told once.
        _ = queue.answered(Self.grant(state: "two"), now: check)
        let next = try #require(queue.due(now: check))
        let last = try Self.asked(queue.ask(now: next))
        #expect(last.held.isEmpty)
    }
}
