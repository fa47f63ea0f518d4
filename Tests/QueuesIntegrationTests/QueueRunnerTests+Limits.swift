import Queues
import Redis
import Synchronization
import TestSystem
import Testing

/// Runners and what limits their calls.
extension QueueRunnerTests {
    @Test func `with a limit, replicas together run no more than allowed, and all of it in the end`() async throws {
        try await JobBench.with { bench in
            let calls = Mutex<[(start: ContinuousClock.Instant, end: ContinuousClock.Instant)]>([])
            let recorder = Recorder { job in
                let start = ContinuousClock.now
                // The other side may see the call now or when it ends.
                for _ in 0..<job.id % 3 { try await Moment.pass() }
                calls.withLock { $0.append((start, .now)) }
                return .done(answer: nil)
            }
            let limit = RateLimit(maxStarts: 5, window: .milliseconds(500))
            var configuration = Self.patient
            configuration.rate = limit
            try await bench.insert((1...20).map { JobBench.job("n:\($0)", order: $0, queue: .notifications) })
            let begin = ContinuousClock.now
            try await Self.withRunners(4, bench, queue: .notifications, configuration: configuration, handler: recorder) { _ in
                try await Self.drained(bench)
            }
            let all = calls.withLock { $0 }
            #expect(all.count == 20)
            for call in all {
                let near = all.filter { $0.start <= call.start && $0.end > call.start - limit.window }
                #expect(near.count <= limit.maxStarts)
            }
            // Closed at first, then four full windows, the last of which need not end.
            #expect(begin.duration(to: .now) >= .milliseconds(500 * 4))
            // Replicas that claimed for the same turns hand jobs back; nothing else may have gone wrong.
            let errors = "SELECT DISTINCT last_error FROM finished_jobs WHERE last_error IS NOT NULL"
            #expect(try await bench.system.texts(errors).filter { $0 != "the limit of calls is reached" } == [])
        }
    }

    @Test func `a call that hangs while Redis is flushed keeps its turn`() async throws {
        try await JobBench.with { bench in
            let (hanging, hangs) = AsyncStream.makeStream(of: Void.self)
            let calls = Mutex(0)
            let recorder = Recorder { _ in
                let isFirst = calls.withLock { calls in
                    calls += 1
                    return calls == 1
                }
                if isFirst { for await _ in hanging {} }
                return .done(answer: nil)
            }
            let limit = RateLimit(maxStarts: 1, window: .milliseconds(200))
            var configuration = Self.patient
            configuration.rate = limit
            try await bench.insert((1...2).map { JobBench.job("n:\($0)", order: $0, queue: .notifications) })
            try await Self.withRunners(2, bench, queue: .notifications, configuration: configuration, handler: recorder) {
                redis in
                while recorder.keys.isEmpty { try await Moment.pass() }
                let keys = ["limit", "turns"].map { "\(bench.system.streams.key(.notifications)):\($0):" }
                _ = try await redis.send(RedisCommand("DEL", keys.map { .text($0) }))
                let clock = Limiter(
                    limit,
                    longestCall: .zero,
                    queue: .notifications,
                    redis: redis,
                    streams: bench.system.streams,
                    caller: "clock"
                )
                let flush = try await clock.acquire(0, scope: "").time
                while try await clock.acquire(0, scope: "").time < flush + 1_000_000 { try await Moment.pass() }
                #expect(recorder.keys.count == 1)
                hangs.finish()
                try await Self.drained(bench)
            }
            #expect(recorder.keys.count == 2)
        }
    }

    @Test func `a refusal for too many calls that asks for no wait is not tried again at once`() async throws {
        try await JobBench.with { bench in
            let starts = Mutex<[ContinuousClock.Instant]>([])
            let recorder = Recorder { job in
                starts.withLock { $0.append(.now) }
                return job.attempt < 3 ? .throttled(reason: "429", after: .zero) : .done(answer: nil)
            }
            try await bench.insert(JobBench.job("n:1", queue: .notifications))
            try await Self.withRunners(1, bench, queue: .notifications, handler: recorder) { _ in
                try await Self.drained(bench)
            }
            let all = starts.withLock { $0 }
            #expect(all.count == 3)
            for (first, next) in zip(all, all.dropFirst()) {
                #expect(first.duration(to: next) >= QueueRunner.shortestThrottle / 2)
            }
        }
    }

    @Test func `a refusal for too many calls closes the limit and costs no attempt`() async throws {
        try await JobBench.with { bench in
            let recorder = Recorder { job in
                job.attempt == 1 ? .throttled(reason: "429", after: .milliseconds(300)) : .done(answer: nil)
            }
            var configuration = Self.patient
            configuration.attempts = 1
            configuration.rate = RateLimit(maxStarts: 100, window: .milliseconds(100))
            try await bench.insert(JobBench.job("n:1", queue: .notifications))
            try await Self.withRunners(2, bench, queue: .notifications, configuration: configuration, handler: recorder) { _ in
                try await Self.drained(bench)
            }
            #expect(try await bench.system.texts("SELECT outcome FROM finished_jobs") == ["done"])
        }
    }

    @Test func `a courier that wants fewer calls closes its limit for everybody who calls it`() async throws {
        try await JobBench.with { bench in
            let recorder = Recorder { _ in .throttled(reason: "429", after: .seconds(600)) }
            let limit = RateLimit(maxStarts: 100, window: .milliseconds(100))
            var configuration = Self.patient
            configuration.rate = limit
            try await bench.insert(JobBench.job("c:1", queue: .courierCommands))
            try await Self.withRunners(1, bench, queue: .courierCommands, configuration: configuration, handler: recorder) {
                redis in
                let another = Limiter(
                    limit,
                    longestCall: .zero,
                    queue: .courierCommands,
                    redis: redis,
                    streams: bench.system.streams,
                    caller: "another"
                )
                try await eventually("the limit is closed") { try await another.acquire(0, scope: "").wait > .seconds(500) }
            }
            #expect(recorder.keys == ["c:1"])
        }
    }

    @Test func `a shop that wants fewer calls keeps no other shop waiting`() async throws {
        try await JobBench.with { bench in
            let recorder = Recorder { job in
                job.shop == "a.example" ? .throttled(reason: "429", after: .seconds(3_600)) : .done(answer: nil)
            }
            var configuration = Self.patient
            configuration.concurrency = 1
            configuration.rate = RateLimit(maxStarts: 100, window: .milliseconds(100))
            try await bench.insert((1...2).map { JobBench.job("a:\($0)", order: $0, queue: .notifications) })
            try await bench.insert((3...7).map { JobBench.job("b:\($0)", order: $0, queue: .notifications, shop: "b.example") })
            try await Self.withRunners(1, bench, queue: .notifications, configuration: configuration, handler: recorder) { _ in
                while try await bench.system.count("SELECT count(*) FROM finished_jobs") < 5 { try await Moment.pass() }
            }
            // The second of its jobs was not even tried.
            #expect(recorder.keys.filter { $0.hasPrefix("a:") }.count == 1)
            #expect(Set(recorder.keys.filter { $0.hasPrefix("b:") }).count == 5)
        }
    }

    @Test(arguments: [
        JobOutcome.throttled(reason: "429", after: .milliseconds(700)),
        .leftAlone(reason: "no route", after: .milliseconds(700), silence: .seconds(1)),
    ])
    func `a courier that wants fewer calls, or cannot be reached, is left alone without a limit too`(
        refusal: JobOutcome
    ) async throws {
        try await JobBench.with { bench in
            let starts = Mutex<[ContinuousClock.Instant]>([])
            let recorder = Recorder { job in
                let isFirst = starts.withLock { starts in
                    starts.append(.now)
                    return starts.count == 1
                }
                return isFirst ? refusal : .done(answer: nil)
            }
            var configuration = Self.patient
            configuration.concurrency = 1
            let shops = ["a.example", "b.example", "c.example"]
            try await bench.insert(
                shops.enumerated().map { JobBench.job("c:\($0)", order: $0, queue: .courierCommands, shop: $1) }
            )
            try await Self.withRunners(
                1,
                bench,
                queue: .courierCommands,
                configuration: configuration,
                handler: recorder
            ) { _ in try await Self.drained(bench) }
            let all = starts.withLock { $0 }
            #expect(all.count == 4)
            #expect(all[0].duration(to: all[1]) >= .milliseconds(700))
        }
    }

    @Test func `when nobody has been answered for too long all that waited become dead letters, however many wait`() async throws
    {
        try await JobBench.with { bench in
            let recorder = Recorder { _ in .leftAlone(reason: "no route", after: .seconds(30), silence: .seconds(3_600)) }
            var configuration = Self.patient
            configuration.outagePatience = .seconds(60)
            try await bench.insert((1...200).map { JobBench.job("old:\($0)", order: $0) })
            try await bench.system.execute("UPDATE jobs SET left_alone_since = now() - interval '2 minutes'")
            try await bench.insert(JobBench.job("young", order: 201))
            try await Self.withRunners(2, bench, configuration: configuration, handler: recorder) { _ in
                while try await bench.system.count("SELECT count(*) FROM jobs WHERE state = 'dead'") < 200 {
                    try await Moment.pass()
                }
            }
            #expect(recorder.keys.filter { $0.hasPrefix("old") }.count == 200)
            #expect(try await bench.system.texts("SELECT key FROM jobs WHERE state = 'ready'") == ["young"])
            let reasons = "SELECT DISTINCT last_error FROM jobs WHERE state = 'dead'"
            #expect(try await bench.system.texts(reasons) == ["no route; no answer for 3600 s"])
        }
    }
}
