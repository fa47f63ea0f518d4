import TestSeed
import Testing

@testable import Queues

/// Several queues for turns beside a model of the limit they share.
@Suite struct LimitModelTests {
    private static func limit(_ maxStarts: Int) -> RateLimit { RateLimit(maxStarts: maxStarts, window: .milliseconds(400)) }

    @Test(arguments: [1, 2, 10, 40, 400], ModelRun.Troubles.kinds)
    func `no window sees more calls than allowed, whatever is lost, forgotten, withdrawn or dies`(
        maxStarts: Int,
        troubles: ModelRun.Troubles
    ) {
        let seed = TestSeed.value
        var run = ModelRun(Self.limit(maxStarts), troubles: troubles, seed: seed)
        for _ in 1...12 {
            run.pass(.milliseconds(500), load: [0.1, 0.4, 0.8, 4].randomElement(using: &run.random) ?? 1)
        }
        // A call that hangs ends with its lease, and then it is somebody's turn.
        run.calmDown()
        let calls = run.calls.count
        run.pass(.seconds(5), load: 4)
        #expect(run.calls.count > calls, "seed \(seed)")
        #expect(run.mostInWindow <= maxStarts, "seed \(seed)")
    }

    @Test func `where there is plenty most jobs find their turn in stock, and a small limit has none`() {
        var plenty = ModelRun(Self.limit(1_000), seed: TestSeed.value)
        plenty.pass(.seconds(4), load: 0.2)
        #expect(plenty.takenFromStock > plenty.calls.count / 2)
        #expect(plenty.mostInWindow <= 1_000)
        var small = ModelRun(Self.limit(10), seed: TestSeed.value)
        small.pass(.seconds(4), load: 0.2)
        #expect(small.takenFromStock == 0 && !small.calls.isEmpty)
    }

    @Test func `a rush after a calm uses the limit in full`() {
        let limit = Self.limit(200)
        var run = ModelRun(limit, seed: TestSeed.value)
        run.pass(.seconds(2), load: 0.2)
        run.pass(limit.window, load: 4)
        let rush = run.now
        run.pass(limit.window * 10, load: 4)
        let calls = run.calls.count { $0.start >= rush }
        #expect(run.mostInWindow <= limit.maxStarts)
        // Some calls hang, and each counts until a window after its end.
        #expect(Double(calls) >= 0.85 * 10 * Double(limit.maxStarts))
    }

    @Test func `a limit that one caller closes is closed there at once, and elsewhere as soon as what is in stock is old`() {
        let limit = Self.limit(1_000)
        var run = ModelRun(limit, seed: TestSeed.value)
        run.pass(.seconds(2), load: 0.2)
        let (closed, stock) = (run.now, run.callers[0].takenFromStock)
        run.close(for: .milliseconds(500), by: 0)
        // Turns are handed out a little before they hold.
        run.pass(.milliseconds(500) - Limiter.lead - .milliseconds(10), load: 0.2)
        #expect(run.callers[0].takenFromStock == stock)
        run.pass(Limiter.lead + .milliseconds(10), load: 0.2)
        // A question may be under way, and then the next one travels.
        let late = closed + limit.shelfLife + .milliseconds(20)..<closed + .milliseconds(500)
        #expect(!run.calls.contains { late.contains($0.start) })
        run.pass(.milliseconds(500), load: 0.2)
        #expect(run.calls.contains { $0.start >= late.upperBound })
    }
}
