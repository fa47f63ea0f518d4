import Testing

@testable import Queues

@Suite struct TurnQueueTests {
    private static let start = ContinuousClock.now
    private static let limit = RateLimit(maxStarts: 100, window: .seconds(1))

    private static func turn(_ number: Int, of count: Int = 1, after wait: Duration = .zero) -> Limiter.Bundle {
        Limiter.Bundle(name: "turn-\(number)", count: count, time: 0, start: start + wait)
    }

    /// Answers a question that was asked at the start.
    private static func grant(_ bundles: [Limiter.Bundle] = [], wait: Duration = .zero, state: String = "one") -> Limiter.Grant {
        Limiter.Grant(bundles: bundles, useBy: start + limit.shelfLife, soon: 0, wait: wait, time: 0, state: state)
    }

    private static func asked(_ question: TurnQueue.Question?) throws -> TurnQueue.Question { try #require(question) }

    private static func queue() -> TurnQueue { TurnQueue(limit, now: start) }

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
        #expect(question.returned.map(\.bundle.name) == ["turn-1"])
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
        #expect(told.returned.map(\.bundle.name) == ["turn-1", "turn-2"])
        _ = queue.answered(Self.grant(), now: Self.start + .milliseconds(12))
        queue.giveBack(Self.turn(3), end: Self.start + .milliseconds(13))
        queue.wait(4, until: Self.start + .seconds(1))
        let next = try Self.asked(queue.ask(now: Self.start + .milliseconds(13)))
        #expect(next.returned.map(\.bundle.name) == ["turn-3"] && next.wanted == 1)
    }

    @Test func `an outage closes all who wait, and keeps what is to be told`() throws {
        var queue = Self.queue()
        queue.wait(1, until: Self.start + .seconds(1))
        _ = queue.ask(now: Self.start)
        _ = queue.answered(Self.grant([Self.turn(1)]), now: Self.start)
        queue.giveBack(Self.turn(1), end: Self.start + .milliseconds(5))
        queue.wait(2, until: Self.start + .seconds(1))
        let question = try Self.asked(queue.ask(now: Self.start))
        #expect(question.returned.count == 1)
        let answers = queue.failed(question, because: "away", now: Self.start)
        #expect(answers.map(\.answer) == [.closed("away")])
        #expect(queue.due(now: Self.start) == Self.start + TurnQueue.outageWait)
        let again = try Self.asked(queue.ask(now: Self.start + TurnQueue.outageWait))
        #expect(again.returned.map(\.end) == [Self.start + .milliseconds(5)])
        _ = queue.answered(Self.grant(), now: Self.start)
        #expect(queue.isIdle)
    }

    @Test func `while a call is under way the limit is looked at within a window, and told of it when it has forgotten`() throws {
        var queue = Self.queue()
        for id in 1...2 { queue.wait(UInt64(id), until: Self.start + .seconds(1)) }
        _ = queue.ask(now: Self.start)
        _ = queue.answered(Self.grant([Self.turn(1), Self.turn(2)]), now: Self.start)
        let check = try #require(queue.due(now: Self.start))
        #expect(check < Self.start + Self.limit.window / 2)
        let look = try Self.asked(queue.ask(now: check))
        #expect(look.wanted == 0 && look.held.isEmpty)
        queue.giveBack(Self.turn(2), end: check)
        _ = queue.answered(Self.grant(state: "two"), now: check)
        let told = try Self.asked(queue.ask(now: check))
        #expect(told.held.map(\.name) == ["turn-1"])
        #expect(told.returned.map(\.bundle.name) == ["turn-2"])
        // Told once.
        _ = queue.answered(Self.grant(state: "two"), now: check)
        let next = try #require(queue.due(now: check))
        let last = try Self.asked(queue.ask(now: next))
        #expect(last.held.isEmpty)
    }

    /// A queue with turns in stock, taken ahead for so many jobs.
    private static func queue(with stock: Int) throws -> TurnQueue {
        var queue = queue()
        queue.expect(stock, now: start)
        let question = try asked(queue.ask(now: start))
        #expect(question.wanted == 0 && question.spare == TurnQueue.provision * stock)
        let answers = queue.answered(grant([turn(1, of: stock)]), now: start)
        #expect(answers.isEmpty)
        return queue
    }

    @Test func `turns taken ahead are used without a question, and given back together when the last call has ended`() throws {
        var queue = try Self.queue(with: 3)
        let (first, second) = (queue.take(now: Self.start), queue.take(now: Self.start))
        #expect(first == Self.turn(1, of: 3) && second == first)
        #expect(queue.due(now: Self.start) == Self.start + Self.limit.window / 4)
        queue.giveBack(Self.turn(1, of: 3), end: Self.start + .milliseconds(30))
        let third = queue.take(now: Self.start + .milliseconds(40))
        let fourth = queue.take(now: Self.start + .milliseconds(40))
        #expect(third == first && fourth == nil)
        for end in [60, 50] { queue.giveBack(Self.turn(1, of: 3), end: Self.start + .milliseconds(end)) }
        // Told of late, at no loss: it has its age.
        let due = try #require(queue.due(now: Self.start + .milliseconds(60)))
        #expect(due == Self.start + .milliseconds(60) + Self.limit.shelfLife)
        let told = try Self.asked(queue.ask(now: due))
        #expect(told.returned.map(\.used) == [3])
        #expect(told.returned.map(\.end) == [Self.start + .milliseconds(60)])
    }

    @Test func `jobs for which there are turns already are no reason to ask, nor are those that wait`() throws {
        var queue = try Self.queue(with: 3)
        queue.expect(3, now: Self.start)
        let early = queue.ask(now: Self.start)
        #expect(early?.wanted == nil)
        queue.expect(4, now: Self.start)
        let more = try Self.asked(queue.ask(now: Self.start))
        #expect(more.spare == TurnQueue.provision * 4)
        _ = queue.answered(Self.grant([Self.turn(2, of: 4)]), now: Self.start)
        // What was left of the first is given back.
        let later = try #require(queue.due(now: Self.start))
        let told = try Self.asked(queue.ask(now: later))
        #expect(told.returned.map(\.bundle.name).first == "turn-1")
        #expect(told.returned.map(\.used).first == 0)
    }

    @Test func `a stock that gets old is not used, and goes back`() throws {
        var queue = try Self.queue(with: 3)
        let due = try #require(queue.due(now: Self.start))
        #expect(due == Self.start + Self.limit.shelfLife)
        let old = queue.take(now: due)
        #expect(old == nil)
        let told = try Self.asked(queue.ask(now: due))
        #expect(told.returned.map(\.used) == [0])
        _ = queue.answered(Self.grant(), now: due)
        #expect(queue.isIdle)
    }

    @Test func `a limit that has forgotten is told of the turns in use, and what is in stock is not used`() throws {
        var queue = try Self.queue(with: 3)
        _ = queue.take(now: Self.start)
        let check = try #require(queue.due(now: Self.start))
        _ = try Self.asked(queue.ask(now: check))
        _ = queue.answered(Self.grant(state: "two"), now: Self.start)
        let forgotten = queue.take(now: Self.start)
        #expect(forgotten == nil)
        let told = try Self.asked(queue.ask(now: Self.start))
        #expect(told.held == [Self.turn(1)])
    }

    @Test func `whoever closes a limit uses nothing that is in stock or under way to it, and says so until it is heard`() throws {
        var queue = try Self.queue(with: 3)
        queue.expect(5, now: Self.start)
        _ = try Self.asked(queue.ask(now: Self.start))
        let end = Self.start + .seconds(9)
        queue.close(until: end)
        let closed = queue.take(now: Self.start)
        _ = queue.answered(Self.grant([Self.turn(2, of: 5)]), now: Self.start)
        let late = queue.take(now: Self.start)
        #expect(closed == nil && late == nil)
        let first = try Self.asked(queue.ask(now: Self.start))
        #expect(first.closing == end)
        _ = queue.failed(first, because: "away", now: Self.start)
        let again = try Self.asked(queue.ask(now: Self.start + TurnQueue.outageWait))
        #expect(again.closing == end)
        #expect(again.returned.map(\.used) == [0, 0])
    }

    @Test func `a limit that has forgotten that it is closed is told again until it may open`() throws {
        var queue = Self.queue()
        let end = Self.start + .seconds(9)
        queue.close(until: end)
        let told = try Self.asked(queue.ask(now: Self.start))
        #expect(told.closing == end)
        _ = queue.answered(Self.grant(wait: .seconds(9)), now: Self.start)
        // Nobody asks meanwhile, and still Redis is looked after before a new state opens.
        let check = try #require(queue.due(now: Self.start))
        #expect(check == Self.start + .milliseconds(250) && !queue.isIdle)
        let look = try Self.asked(queue.ask(now: check))
        #expect(look.closing == nil)
        _ = queue.answered(Self.grant(wait: .seconds(1), state: "two"), now: check)
        let again = try Self.asked(queue.ask(now: check))
        #expect(again.closing == end)
        _ = queue.answered(Self.grant(wait: .seconds(8), state: "two"), now: check)
        _ = try Self.asked(queue.ask(now: end))
        _ = queue.answered(Self.grant(state: "two"), now: end)
        #expect(queue.isIdle && queue.due(now: end) == nil)
    }

    @Test func `a queue that has finished tells that the limit is closed once, and looks after it no more`() throws {
        var queue = Self.queue()
        queue.close(until: Self.start + .seconds(9))
        queue.finish()
        let told = try Self.asked(queue.ask(now: Self.start))
        #expect(told.closing == Self.start + .seconds(9))
        _ = queue.answered(Self.grant(wait: .seconds(9)), now: Self.start)
        #expect(queue.isIdle && queue.due(now: Self.start) == nil)
    }

    @Test func `whoever waits when a limit is closed gets none of the turns that are under way`() throws {
        var queue = Self.queue()
        queue.wait(1, until: Self.start + .seconds(60))
        _ = try Self.asked(queue.ask(now: Self.start))
        let end = Self.start + .seconds(9)
        queue.close(until: end)
        let early = queue.answered(Self.grant([Self.turn(1)]), now: Self.start)
        #expect(early.isEmpty)
        let told = try Self.asked(queue.ask(now: Self.start))
        #expect(told.closing == end && told.wanted == 1)
        #expect(told.returned.map(\.used) == [0])
        let answers = queue.answered(Self.grant([Self.turn(2)]), now: end)
        #expect(answers.map(\.id) == [1])
    }

    @Test func `an answer that comes late serves only those who waited for it`() throws {
        var queue = Self.queue()
        queue.wait(1, until: Self.start + .seconds(5))
        queue.wait(2, until: Self.start + .seconds(5))
        queue.expect(5, now: Self.start)
        let question = try Self.asked(queue.ask(now: Self.start))
        #expect(question.wanted == 2 && question.spare == TurnQueue.provision * 3)
        queue.withdraw(1)
        queue.wait(3, until: Self.start + .seconds(5))
        let late = Self.start + Self.limit.shelfLife
        let answers = queue.answered(Self.grant([Self.turn(1, of: 5)]), now: late)
        #expect(answers.map(\.id) == [2])
        let stock = queue.take(now: late)
        #expect(stock == nil)
        let next = try Self.asked(queue.ask(now: late))
        #expect(next.wanted == 1)
    }
}
