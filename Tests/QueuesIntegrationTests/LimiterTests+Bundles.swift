import Redis
import Synchronization
import TestSystem
import Testing

@testable import Queues

/// Turns that are granted together, and taken ahead.
extension LimiterTests {
    /// Calls that several jobs made, each in its turn.
    private final class CallLog: Sendable {
        private let calls = Mutex<[(start: ContinuousClock.Instant, end: ContinuousClock.Instant)]>([])

        /// When calls began, and when they had ended; both in the order of time.
        var all: (starts: [ContinuousClock.Instant], ends: [ContinuousClock.Instant]) {
            let calls = calls.withLock { $0 }
            return (calls.map(\.start).sorted(), calls.map(\.end).sorted())
        }

        func call(_ turnstile: Turnstile) async throws {
            while true {
                guard case .turn(let bundle) = await turnstile.ask(scope: "", by: .now + .seconds(60)) else {
                    await Task.yield()
                    continue
                }
                while bundle.start > .now { try await Moment.pass() }
                let start = ContinuousClock.now
                await Task.yield()
                calls.withLock { $0.append((start, .now)) }
                return turnstile.giveBack(bundle, scope: "")
            }
        }
    }

    private static func free(_ limiter: Limiter) async throws -> Int {
        try await limiter.forecast(of: 10_000, within: .zero, scope: "").soon
    }

    @Test func `where there is plenty a grant is one bundle with turns to spare, and those that are not used are free at once`()
        async throws
    {
        try await JobBench.with { bench in
            try await bench.withRedis { clients in
                let limit = RateLimit(maxStarts: 1_000, window: .seconds(600))
                let limiter = Self.limiter(bench, clients[0], limit: limit, longestCall: .seconds(600))
                _ = try await limiter.acquire(0, scope: "")
                _ = try await clients[0].send(RedisCommand("HSET", [.text(Self.hash(bench)), "opens", 0]))
                let first = try await Self.take(3, spare: 100, from: limiter)
                // An eighth of what is free beyond half of the limit.
                #expect(first.bundles.map(\.count) == [62])
                let second = try await Self.take(0, spare: 10, from: limiter)
                #expect(second.bundles.map(\.count) == [10])
                #expect(try await Self.free(limiter) == 928)
                let unused = Limiter.ReturnedBundle(first.bundles[0], used: 0, end: .now)
                let used = Limiter.ReturnedBundle(second.bundles[0], used: 3, end: .now)
                // Repeated it changes nothing.
                for _ in 1...2 {
                    _ = try await limiter.acquire(0, returned: [unused, used], scope: "")
                    #expect(try await Self.free(limiter) == 997)
                }
            }
        }
    }

    @Test(arguments: [(2, 2), (10, 5), (100, 20)]) func `where turns are short each is a bundle of its own`(
        maxStarts: Int,
        wanted: Int
    ) async throws {
        try await JobBench.with { bench in
            try await bench.withRedis { clients in
                let limit = RateLimit(maxStarts: maxStarts, window: .milliseconds(100))
                let limiter = Self.limiter(bench, clients[0], limit: limit, longestCall: .seconds(600))
                let grant = try await Self.take(wanted, spare: 10, from: limiter)
                #expect(grant.bundles.map(\.count) == Array(repeating: 1, count: wanted))
                #expect(Set(grant.bundles.map(\.name)).count == wanted)
                #expect(try await limiter.acquire(maxStarts, scope: "").granted == maxStarts - wanted)
                #expect(try await limiter.acquire(1, scope: "").granted == 0)
            }
        }
    }

    @Test func `a bundle comes free as a whole, and those who ask before find as many turns as it has`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis(2) { clients in
                let limit = RateLimit(maxStarts: 40, window: .milliseconds(300))
                let limits = clients.map { Self.limiter(bench, $0, limit: limit, longestCall: .seconds(600)) }
                let bundle = try await Self.take(2, from: limits[0]).bundles[0]
                let singles = try await Self.take(40, from: limits[1])
                #expect(bundle.count == 2 && singles.granted == 38)
                let end = ContinuousClock.now
                _ = try await limits[0].acquire(0, returned: [Limiter.ReturnedBundle(bundle, used: 2, end: end)], scope: "")
                var soon = 0
                while soon == 0 { soon = try await limits[1].forecast(of: 10, within: .milliseconds(290), scope: "").soon }
                #expect(soon == 2)
                var next = try await Self.take(1, from: limits[1]).bundles
                next += try await Self.take(10, from: limits[0]).bundles
                #expect(next.map(\.count) == [1, 1])
                #expect(next.allSatisfy { $0.start >= end + limit.window })
            }
        }
    }

    @Test(arguments: ["limit", "turns"]) func `a limit that lost half of what it knew is closed, and counts what it is told`(
        lost: String
    ) async throws {
        try await JobBench.with { bench in
            try await bench.withRedis { clients in
                let limit = RateLimit(maxStarts: 1_000, window: .milliseconds(100))
                let limiter = Self.limiter(bench, clients[0], limit: limit, longestCall: .seconds(600))
                let grants = [try await Self.take(3, from: limiter), try await Self.take(3, spare: 10, from: limiter)]
                let key = "\(bench.system.streams.key(.notifications)):\(lost):"
                _ = try await clients[0].send(RedisCommand("DEL", [.text(key)]))
                let new = try await limiter.acquire(3, scope: "")
                #expect(new.granted == 0 && new.state != grants[0].state && new.wait > limit.window)
                let used = Limiter.ReturnedBundle(grants[1].bundles[0], used: 3, end: .now)
                for _ in 1...2 { _ = try await limiter.acquire(0, returned: [used], held: grants[0].bundles, scope: "") }
                let held = grants[0].granted
                while try await Self.free(limiter) < limit.maxStarts - held { try await Moment.pass() }
                #expect(try await limiter.acquire(0, scope: "").soon == limit.maxStarts - held)
            }
        }
    }

    @Test func `jobs of four runners never call more often than allowed, through plenty, a rush and a flush`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis(5) { clients in
                let limit = RateLimit(maxStarts: 200, window: .milliseconds(200))
                let log = CallLog()
                let turnstiles = clients.dropLast().map {
                    Turnstile(Self.limiter(bench, $0, limit: limit, longestCall: .seconds(600)))
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for turnstile in turnstiles { group.addTask { await turnstile.run() } }
                    defer { for turnstile in turnstiles { turnstile.stop() } }
                    for hasForgotten in [false, true] {
                        if hasForgotten { try await Self.forget(bench, clients[4]) }
                        // One after the other, then all at once.
                        for number in 1...200 {
                            if number <= 4 { turnstiles[number - 1].expect(5, scope: "") }
                            try await log.call(turnstiles[number % 4])
                        }
                        try await withThrowingTaskGroup(of: Void.self) { rush in
                            for turnstile in turnstiles {
                                for _ in 1...100 { rush.addTask { try await log.call(turnstile) } }
                            }
                            try await rush.waitForAll()
                        }
                    }
                }
                let (starts, ends) = log.all
                #expect(starts.count == 1_200)
                #expect(zip(ends, starts.dropFirst(limit.maxStarts)).allSatisfy { $0.duration(to: $1) >= limit.window })
            }
        }
    }

    @Test(arguments: [false, true])
    func `a caller that closes a limit uses nothing it has in stock, and the others hear of it, after a flush as well`(
        isFlushed: Bool
    ) async throws {
        try await JobBench.with { bench in
            try await bench.withRedis(2) { clients in
                let limit = RateLimit(maxStarts: 1_000, window: .seconds(1))
                let turnstile = Turnstile(Self.limiter(bench, clients[0], limit: limit, longestCall: .seconds(600)))
                let other = Self.limiter(bench, clients[1], limit: limit, longestCall: .seconds(600))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await turnstile.run() }
                    defer { turnstile.stop() }
                    turnstile.expect(10, scope: "")
                    guard case .turn(let bundle) = await turnstile.ask(scope: "", by: .now + .seconds(60)) else {
                        Issue.record("expected a turn")
                        return
                    }
                    turnstile.close(for: .seconds(600), scope: "")
                    let answer = await turnstile.ask(scope: "", by: .now + .seconds(60))
                    guard case .wait(let wait) = answer else {
                        Issue.record("expected no turn, not \(answer)")
                        return
                    }
                    #expect(wait > .seconds(500))
                    if isFlushed {
                        let keys = ["limit", "turns"].map { "\(bench.system.streams.key(.notifications)):\($0):" }
                        _ = try await clients[0].send(RedisCommand("DEL", keys.map { .text($0) }))
                    }
                    // A flush closes a limit for one window; who closed it for longer says so again within it.
                    while case let heard = try await other.acquire(1, scope: ""), heard.wait < .seconds(500) {
                        try #require(isFlushed && heard.granted == 0)
                        try await Moment.pass()
                    }
                    turnstile.giveBack(bundle, scope: "")
                }
            }
        }
    }
}
