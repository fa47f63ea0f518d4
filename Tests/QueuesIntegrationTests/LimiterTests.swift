import Foundation
import NIOPosix
import Redis
import Synchronization
import TestSystem
import Testing

@testable import Queues

@Suite(.timeLimit(.minutes(5))) struct LimiterTests {
    /// What several clients were granted.
    private final class Log: Sendable {
        private let grants = Mutex<[Limiter.Grant]>([])

        func append(_ grant: Limiter.Grant) { grants.withLock { $0.append(grant) } }
        var all: [Limiter.Grant] { grants.withLock { $0 } }
    }

    private static let limit = RateLimit(maxStarts: 5, window: .milliseconds(100))

    /// Calls end as soon as they have begun, unless a test says otherwise.
    static func limiter(
        _ bench: JobBench,
        _ client: RedisClient,
        limit: RateLimit = limit,
        longestCall: Duration = .zero
    ) -> Limiter {
        Limiter(
            limit,
            longestCall: longestCall,
            queue: .notifications,
            redis: client,
            streams: bench.system.streams,
            caller: UUID().uuidString
        )
    }

    /// Asks until there is a grant.
    static func take(
        _ wanted: Int,
        spare: Int = 0,
        from limiter: Limiter,
        scope: String = ""
    ) async throws -> Limiter.Grant {
        while true {
            let grant = try await limiter.acquire(wanted, spare: spare, scope: scope)
            if grant.granted > 0 { return grant }
            await Task.yield()
        }
    }

    /// The most turns in any window that begins with one.
    private static func mostTurns(_ grants: [Limiter.Grant], in window: Duration) -> Int {
        let length = Int64(window / .microseconds(1))
        let times = grants.flatMap(\.bundles).flatMap { Array(repeating: $0.time, count: $0.count) }
        return times.map { first in times.filter { $0 >= first && $0 < first + length }.count }.max() ?? 0
    }

    static func hash(_ bench: JobBench) -> String {
        "\(bench.system.streams.key(.notifications)):limit:"
    }

    @Test func `whoever asks after a long rest gets a turn`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis { clients in
                let turnstile = Turnstile(Self.limiter(bench, clients[0]), longestSleep: .milliseconds(1))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await turnstile.run() }
                    defer { turnstile.stop() }
                    for _ in 1...3 {
                        guard case .turn(let bundle) = await turnstile.ask(scope: "", by: .now + .seconds(60)) else {
                            Issue.record("expected a turn")
                            return
                        }
                        turnstile.giveBack(bundle, scope: "")
                        // Its end is told meanwhile, and then there is nothing to wake for.
                        for _ in 1...10 { try await Moment.pass() }
                    }
                }
            }
        }
    }

    @Test func `four clients never start more than allowed in any window, a flush in between included`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis(5) { clients in
                let log = Log()
                // So long that clients of a slow machine use it up.
                let limit = RateLimit(maxStarts: 5, window: .milliseconds(300))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for client in clients.dropLast() {
                        group.addTask {
                            let limiter = Self.limiter(bench, client, limit: limit)
                            for round in 1...15 {
                                let grant = try await Self.take(1 + round % 3, from: limiter)
                                log.append(grant)
                            }
                        }
                    }
                    group.addTask {
                        while log.all.count < 20 { await Task.yield() }
                        let keys: [RedisArgument] = [
                            .text(Self.hash(bench)), .text("\(bench.system.streams.key(.notifications)):turns:"),
                        ]
                        _ = try await clients[4].send(RedisCommand("DEL", keys))
                    }
                    try await group.waitForAll()
                }
                let all = log.all
                #expect(all.count == 60)
                #expect(Self.mostTurns(all, in: limit.window) <= 5)
                // It is a limit, not a brake: some window was used in full.
                #expect(Self.mostTurns(all, in: limit.window) >= 4)
            }
        }
    }

    static func forget(_ bench: JobBench, _ client: RedisClient) async throws {
        let keys = [hash(bench), "\(bench.system.streams.key(.notifications)):turns:"]
        _ = try await client.send(RedisCommand("DEL", keys.map { .text($0) }))
    }

    @Test func `a turn counts until a whole window after its call has ended, whatever is forgotten meanwhile`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis { clients in
                let limit = RateLimit(maxStarts: 1, window: .milliseconds(50))
                let limiter = Self.limiter(bench, clients[0], limit: limit, longestCall: .seconds(600))
                for isForgotten in [false, true] {
                    let first = try await Self.take(1, from: limiter).bundles[0]
                    var latest = try await limiter.acquire(1, scope: "")
                    while latest.time < first.time + 200_000 {
                        #expect(latest.granted == 0)
                        latest = try await limiter.acquire(1, scope: "")
                    }
                    if isForgotten {
                        try await Self.forget(bench, clients[0])
                        while try await limiter.forecast(of: 10, within: .zero, scope: "").soon == 0 { await Task.yield() }
                    }
                    let end = ContinuousClock.now
                    _ = try await limiter.acquire(0, returned: [Limiter.ReturnedBundle(first, used: 1, end: end)], scope: "")
                    let second = try await Self.take(1, from: limiter).bundles[0]
                    #expect(second.start >= end + limit.window)
                    _ = try await limiter.acquire(0, returned: [Limiter.ReturnedBundle(second, used: 1, end: .now)], scope: "")
                }
            }
        }
    }

    @Test func `a turn counts from the end of its call, however late the limit hears of it, and never from before its start`()
        async throws
    {
        try await JobBench.with { bench in
            try await bench.withRedis { clients in
                let limit = RateLimit(maxStarts: 1, window: .milliseconds(300))
                let limiter = Self.limiter(bench, clients[0], limit: limit, longestCall: .seconds(600))
                let first = try await Self.take(1, from: limiter).bundles[0]
                while ContinuousClock.now < first.start + .milliseconds(100) { try await Moment.pass() }
                // Its call had ended at once.
                let age = first.start.duration(to: .now)
                let ended = Limiter.ReturnedBundle(first, used: 1, end: first.start)
                let heard = try await limiter.acquire(0, returned: [ended], scope: "")
                #expect(heard.wait <= max(.zero, limit.keptWindow - age))
                let second = try await Self.take(1, from: limiter).bundles[0]
                #expect(second.start >= first.start + limit.window)
                #expect(second.time >= first.time + 300_000)
                let hourAgo = Limiter.ReturnedBundle(second, used: 1, end: second.start - .seconds(3_600))
                _ = try await limiter.acquire(0, returned: [hourAgo], scope: "")
                #expect(try await Self.take(1, from: limiter).bundles[0].time >= second.time + 300_000)
            }
        }
    }

    @Test func `a turn is handed out before it holds, once, and the next one counts from when it holds`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis(2) { clients in
                let limits = clients.map { Self.limiter(bench, $0) }
                let first = try await Self.take(5, from: limits[0])
                let second = try await Self.take(5, from: limits[1])
                #expect(second.granted == 5)
                for turn in second.bundles {
                    #expect(turn.time >= second.time && turn.time <= second.time + 20_000)
                    #expect(first.bundles.allSatisfy { turn.time >= $0.time + 100_000 })
                }
                let third = try await Self.take(1, from: limits[0])
                #expect(third.bundles[0].time >= second.bundles[0].time + 100_000)
            }
        }
    }

    @Test func `a limit that has forgotten says so, and counts the calls under way that it is told of again`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis(2) { clients in
                let limit = RateLimit(maxStarts: 1, window: .milliseconds(50))
                let limits = clients.map { Self.limiter(bench, $0, limit: limit, longestCall: .seconds(600)) }
                let first = try await Self.take(1, from: limits[0])
                try await Self.forget(bench, clients[0])
                let state = try await limits[0].acquire(0, scope: "").state
                #expect(state != first.state)
                _ = try await limits[0].acquire(0, held: first.bundles, scope: "")
                var latest = try await limits[1].acquire(1, scope: "")
                while latest.time < first.time + 300_000 {
                    #expect(latest.granted == 0 && latest.state == state)
                    latest = try await limits[1].acquire(1, scope: "")
                }
            }
        }
    }

    @Test func `the turn of a caller that died is free again when its call can no longer be under way`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis { clients in
                let limit = RateLimit(maxStarts: 1, window: .milliseconds(50))
                let limiter = Self.limiter(bench, clients[0], limit: limit, longestCall: .milliseconds(300))
                let first = try await Self.take(1, from: limiter).bundles[0]
                let second = try await Self.take(1, from: limiter).bundles[0]
                #expect(second.time >= first.time + 350_000)
            }
        }
    }

    @Test func `it starts closed for one window`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis { clients in
                let limiter = Self.limiter(bench, clients[0], limit: RateLimit(maxStarts: 5, window: .seconds(60)))
                let grant = try await limiter.acquire(1, scope: "")
                #expect(grant.granted == 0)
                #expect(grant.wait > .seconds(50) && grant.wait <= .seconds(61))
            }
        }
    }

    @Test func `a forecast takes nothing and sees what comes free`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis { clients in
                let limiter = Self.limiter(bench, clients[0])
                #expect(try await limiter.forecast(of: 10, within: .zero, scope: "").soon == 0)
                #expect(try await limiter.forecast(of: 10, within: .seconds(1), scope: "").soon == 5)
                _ = try await Self.take(5, from: limiter)
                #expect(try await limiter.forecast(of: 10, within: .seconds(1), scope: "").soon == 5)
            }
        }
    }

    @Test func `a closed limit stays closed for everybody, other shops stay open`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis(2) { clients in
                let limits = clients.map { Self.limiter(bench, $0) }
                _ = try await Self.take(1, from: limits[0], scope: "a")
                _ = try await Self.take(1, from: limits[1], scope: "b")
                _ = try await limits[0].acquire(0, close: .seconds(600), scope: "a")
                let grant = try await limits[1].acquire(1, scope: "a")
                #expect(grant.granted == 0 && grant.wait > .seconds(500))
                #expect(try await Self.take(1, from: limits[1], scope: "b").granted == 1)
            }
        }
    }

    @Test func `a clock that goes back an hour neither stops nor loosens the limit`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis { clients in
                let limiter = Self.limiter(bench, clients[0])
                var grants = [try await Self.take(5, from: limiter)]
                // The server's clock loses an hour: what it adds to its clock is as if an hour had been there before.
                _ = try await clients[0].send(RedisCommand("HINCRBY", [.text(Self.hash(bench)), "offset", -3_600_000_000]))
                grants.append(try await Self.take(5, from: limiter))
                grants.append(try await Self.take(5, from: limiter))
                #expect(Self.mostTurns(grants, in: Self.limit.window) <= 5)
            }
        }
    }

    @Test func `a clock that leaps ahead does not loosen the limit`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis(2) { clients in
                let slow = RateLimit(maxStarts: 5, window: .seconds(2))
                let limits = clients.map { Self.limiter(bench, $0, limit: slow) }
                _ = try await Self.take(5, from: limits[0])
                _ = try await clients[0].send(RedisCommand("HINCRBY", [.text(Self.hash(bench)), "offset", 3_600_000_000]))
                #expect(try await limits[0].acquire(5, scope: "").granted == 0)
                // A client that comes later learns the time first.
                #expect(try await limits[1].acquire(5, scope: "").granted == 0)
            }
        }
    }

    @Test func `another server, or one that restarted, is closed for one window`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis { clients in
                let limiter = Self.limiter(bench, clients[0], limit: RateLimit(maxStarts: 5, window: .seconds(1)))
                _ = try await Self.take(1, from: limiter)
                _ = try await clients[0].send(RedisCommand("HSET", [.text(Self.hash(bench)), "run", "another"]))
                let grant = try await limiter.acquire(1, scope: "")
                #expect(grant.granted == 0 && grant.wait > .milliseconds(900))
            }
        }
    }

    @Test func `points are taken before a call, and reports only ever lower them`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis { clients in
                let limiter = CostLimiter(queue: .notifications, redis: clients[0], streams: bench.system.streams)
                func ask(_ points: Int, _ shop: String) async throws -> Duration? {
                    do {
                        try await limiter.take(points, shop: shop)
                        return nil
                    } catch let closed as StartGate.Closed {
                        return closed.wait
                    }
                }
                func report(_ available: Double, restoring rate: Double = 1_000) throws -> ThrottleStatus {
                    try #require(
                        ThrottleStatus(maximumAvailable: 1_000, currentlyAvailable: available, restoreRate: rate)
                    )
                }
                // Nobody knows the bucket yet.
                #expect(try await ask(100, "a") != nil)
                try await limiter.observe(try report(900), shop: "a")
                while try await ask(500, "a") != nil { await Task.yield() }
                try await limiter.observe(try report(0, restoring: 10), shop: "a")
                let wait = try #require(try await ask(1_000, "a"))
                #expect(wait > .seconds(50) && wait <= .seconds(100))
                #expect(try await ask(1, "b") != nil)
                #expect(ThrottleStatus(maximumAvailable: .nan, currentlyAvailable: 1, restoreRate: 0) == nil)
            }
        }
    }

    @Test func `no point is spent twice, and what the API says adds none`() async throws {
        try await JobBench.with { bench in
            try await bench.withRedis { clients in
                let limiter = CostLimiter(queue: .notifications, redis: clients[0], streams: bench.system.streams)
                func isGranted(_ points: Int) async throws -> Bool {
                    do {
                        try await limiter.take(points, shop: "a")
                        return true
                    } catch is StartGate.Closed {
                        return false
                    }
                }
                func report(_ available: Double, restoring rate: Double) async throws {
                    let status = ThrottleStatus(maximumAvailable: 1_000, currentlyAvailable: available, restoreRate: rate)
                    try await limiter.observe(try #require(status), shop: "a")
                }
                // So slowly does it fill that little comes while the test runs.
                try await report(900, restoring: 1)
                #expect(try await !isGranted(100))
                try await report(900, restoring: 1_000_000)
                while try await !isGranted(1_000) { try await Moment.pass() }
                try await Moment.pass()
                try await report(1_000, restoring: 1)
                #expect(try await isGranted(600))
                #expect(try await !isGranted(600))
                try await report(1_000, restoring: 1)
                #expect(try await !isGranted(600))
                #expect(try await isGranted(400))
            }
        }
    }

    @Test func `points that nobody can be asked for postpone the job`() async throws {
        try await JobBench.with { bench in
            let away = RedisClient(
                configuration: bench.system.redis,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: bench.system.logger
            )
            let limiter = CostLimiter(queue: .notifications, redis: away, streams: bench.system.streams)
            let closed = await #expect(throws: StartGate.Closed.self) { try await limiter.take(40, shop: "a") }
            #expect(closed?.wait == StartGate.outageWait)
        }
    }
}
