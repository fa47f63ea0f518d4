import TestSeed

@testable import Queues

/// A runner with a queue for turns, as a simulation drives it: calls that begin with their turns and end by themselves.
struct ModelCaller {
    typealias Instant = ContinuousClock.Instant

    struct Call {
        var bundle: Limiter.Bundle
        var start: Instant
        var end: Instant
    }

    private struct Asked {
        var question: TurnQueue.Question
        var at: Instant
        /// When the limit answers; nil when the question is lost on its way.
        var answers: Instant?
        var returns: Instant
        var grant: Limiter.Grant?
        /// The answer is lost on its way.
        var isLost: Bool
    }

    private(set) var queue: TurnQueue
    /// Calls that have a turn and have not ended.
    private(set) var calls: [Call] = []
    private(set) var waiting: [UInt64: Instant] = [:]
    /// When jobs were claimed that have not asked for their turn.
    private(set) var claimed: [Instant] = []
    /// Jobs that found their turn in stock.
    private(set) var takenFromStock = 0
    private var asked: Asked?
    private var state: String?
    private var lastID: UInt64 = 0
    private var hasFailed = false

    init(_ limit: RateLimit, now: Instant) {
        queue = TurnQueue(limit, now: now)
    }

    /// Jobs are claimed that will want to call.
    mutating func claim(_ jobs: Int, now: Instant) {
        queue.expect(jobs + claimed.count + waiting.count, now: now)
        claimed += Array(repeating: now, count: jobs)
    }

    /// The first job that was claimed wants to call, and its call ends by the end of its lease.
    mutating func want(_ world: ModelWorld, now: Instant, random: inout SeededGenerator) -> Call? {
        guard !claimed.isEmpty else { return nil }
        let claimed = claimed.removeFirst()
        if let bundle = queue.take(now: now) {
            takenFromStock += 1
            return begin(bundle, claimed: claimed, now: now, world: world, random: &random)
        }
        lastID += 1
        waiting[lastID] = claimed
        queue.wait(lastID, until: now + world.patience)
        return nil
    }

    mutating func withdrawAny() {
        guard let id = waiting.keys.min() else { return }
        waiting[id] = nil
        queue.withdraw(id)
    }

    mutating func close(until end: Instant) {
        queue.close(until: end)
    }

    mutating func endCalls(now: Instant) {
        for call in calls where call.end <= now { queue.giveBack(call.bundle, end: call.end) }
        calls.removeAll { $0.end <= now }
    }

    /// Asks, is answered, hears; returns the calls that have got a turn.
    mutating func step(
        _ world: ModelWorld,
        limit: inout ModelLimit,
        now: Instant,
        random: inout SeededGenerator
    ) -> [Call] {
        var began: [Call] = []
        if asked == nil, let question = queue.ask(now: now) {
            let fails = world.hasOutages && !hasFailed && Int.random(in: 0..<20, using: &random) == 0
            let isLost = fails && Bool.random(using: &random)
            let answers = now + .microseconds(Int.random(in: 0...4_000, using: &random))
            asked = Asked(
                question: question,
                at: now,
                answers: fails && !isLost ? nil : answers,
                returns: answers + .microseconds(Int.random(in: 0...4_000, using: &random)),
                isLost: isLost
            )
        }
        if let pending = asked, pending.grant == nil, let answers = pending.answers, answers <= now {
            asked?.grant = limit.answer(pending.question, knowing: state, asked: pending.at, now: now)
        }
        guard let pending = asked, pending.returns <= now else { return began }
        asked = nil
        hasFailed = pending.grant == nil || pending.isLost
        let heard: [(id: UInt64, answer: TurnQueue.Answer)]
        if let grant = pending.grant, !pending.isLost {
            state = grant.state
            // Nobody knows by their own clock when the limit looked at its own.
            var late = grant
            for index in late.bundles.indices {
                late.bundles[index].start = now + .microseconds(late.bundles[index].time - grant.time)
            }
            heard = queue.answered(late, now: now)
        } else {
            heard = queue.failed(pending.question, because: "away", now: now)
        }
        for (id, answer) in heard {
            guard let claimed = waiting.removeValue(forKey: id), case .turn(let bundle) = answer else { continue }
            began.append(begin(bundle, claimed: claimed, now: now, world: world, random: &random))
        }
        return began
    }

    private mutating func begin(
        _ bundle: Limiter.Bundle,
        claimed: Instant,
        now: Instant,
        world: ModelWorld,
        random: inout SeededGenerator
    ) -> Call {
        let hangs = Int.random(in: 0..<50, using: &random) == 0
        let length = Duration.microseconds(Int.random(in: 0...(hangs ? 2_000_000 : 20_000), using: &random))
        let start = max(now, bundle.start)
        let call = Call(bundle: bundle, start: start, end: min(start + length, claimed + world.lease))
        calls.append(call)
        return call
    }
}

/// What a simulation of callers holds to.
struct ModelWorld {
    var patience: Duration = .milliseconds(300)
    var lease: Duration = .milliseconds(1_500)
    var hasOutages = true
}
