import TestSeed

@testable import Queues

/// Four callers of one limit, in steps of a millisecond.
struct ModelRun {
    typealias Instant = ContinuousClock.Instant

    /// What may go wrong while it runs.
    struct Troubles {
        var outages = false
        var forgetting = false
        var deaths = false
        var withdrawals = false

        /// Everything, but not forgetting and deaths together: what a caller that died has under way is known to the limit only.
        static let kinds = [
            Troubles(outages: true, deaths: true, withdrawals: true),
            Troubles(outages: true, forgetting: true, withdrawals: true),
        ]
    }

    static let start = ContinuousClock.now
    let limit: RateLimit
    private(set) var troubles: Troubles
    private(set) var now = start
    private(set) var calls: [(start: Instant, end: Instant)] = []
    private(set) var takenFromStock = 0
    var random: SeededGenerator
    private var server: ModelLimit
    private(set) var callers: [ModelCaller]
    private var world: ModelWorld

    init(_ limit: RateLimit, troubles: Troubles = Troubles(), seed: UInt64) {
        self.limit = limit
        self.troubles = troubles
        world = ModelWorld(hasOutages: troubles.outages)
        random = SeededGenerator(seed: seed)
        server = ModelLimit(limit, longest: world.lease + limit.shelfLife, start: Self.start)
        callers = (0..<4).map { _ in ModelCaller(limit, now: Self.start) }
    }

    /// Lets time pass while jobs come at `load`, a share of the limit.
    mutating func pass(_ time: Duration, load: Double) {
        let end = now + time
        let rate = load * Double(limit.maxStarts) * (.milliseconds(1) / limit.window)
        var due = 0.0
        while now < end {
            now += .milliseconds(1)
            due += rate
            while due >= 1 {
                let jobs = Int.random(in: 1...max(1, Int(due)), using: &random)
                due -= Double(jobs)
                callers[Int.random(in: callers.indices, using: &random)].claim(jobs, now: now)
            }
            cause()
            for index in callers.indices {
                let stock = callers[index].takenFromStock
                // Some time passes while the claim is written down.
                if Int.random(in: 0..<10, using: &random) == 0 {
                    for _ in callers[index].claimed { want(index) }
                }
                takenFromStock += callers[index].takenFromStock - stock
                callers[index].endCalls(now: now)
                note(callers[index].step(world, limit: &server, now: now, random: &random))
            }
        }
    }

    /// From here on nothing goes wrong.
    mutating func calmDown() {
        troubles = Troubles()
        world.hasOutages = false
    }

    mutating func close(for time: Duration, by caller: Int) {
        callers[caller].close(until: now + time)
    }

    /// The most calls that the other side can have seen in one window.
    var mostInWindow: Int {
        let starts = calls.map(\.start).sorted()
        let ends = calls.map(\.end).sorted()
        var over = 0
        return starts.indices.map { index in
            while over < ends.count, ends[over] <= starts[index] - limit.window { over += 1 }
            return index + 1 - over
        }.max() ?? 0
    }

    private mutating func want(_ index: Int) {
        if let call = callers[index].want(world, now: now, random: &random) { note([call]) }
    }

    private mutating func note(_ new: [ModelCaller.Call]) {
        calls += new.map { ($0.start, $0.end) }
    }

    private mutating func cause() {
        if troubles.forgetting, Int.random(in: 0..<1_500, using: &random) == 0 { server.forget() }
        if troubles.deaths, Int.random(in: 0..<1_500, using: &random) == 0 {
            callers[Int.random(in: callers.indices, using: &random)] = ModelCaller(limit, now: now)
        }
        if troubles.withdrawals, Int.random(in: 0..<50, using: &random) == 0 {
            callers[Int.random(in: callers.indices, using: &random)].withdrawAny()
        }
    }
}
