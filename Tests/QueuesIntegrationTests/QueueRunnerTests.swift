import FoundationEssentials
import NIOPosix
import Postgres
import Queues
import Redis
import ServiceLifecycle
import Synchronization
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct QueueRunnerTests {
    /// Remembers what it ran and answers as told.
    final class Recorder: JobHandler {
        let runs = Mutex<[(key: String, worker: Int32)]>([])
        let givenUp = Mutex<[String]>([])
        let isDeaf = Mutex(false)
        let unwanted = Mutex<Set<String>>([])
        let unreadable = Mutex<Set<String>>([])
        let answer: @Sendable (ClaimedJob) async throws -> JobOutcome

        init(_ answer: @escaping @Sendable (ClaimedJob) async throws -> JobOutcome = { _ in .done(answer: nil) }) {
            self.answer = answer
        }

        func run(_ job: ClaimedJob) async throws -> JobOutcome {
            try await job.call { _ in
                runs.withLock { $0.append((job.key, job.attempt)) }
                return try await answer(job)
            }
        }

        func stale(_ letters: [ClaimedJob]) async throws -> Set<Int64> {
            let (unwanted, unreadable) = (unwanted.withLock { $0 }, unreadable.withLock { $0 })
            guard letters.allSatisfy({ !unreadable.contains($0.key) }) else { throw CancellationError() }
            return Set(letters.filter { unwanted.contains($0.key) }.map(\.id))
        }

        func giveUp(_ job: ClaimedJob, because reason: String) async throws -> Bool {
            if isDeaf.withLock({ isDeaf in
                defer { isDeaf = false }
                return isDeaf
            }) {
                throw CancellationError()
            }
            givenUp.withLock { $0.append("\(job.key) \(job.attempt): \(reason)") }
            return !unwanted.withLock { $0.contains(job.key) }
        }

        var keys: [String] { runs.withLock { $0.map(\.key) } }
    }

    static let patient = QueueConfiguration(backoff: Backoff(kind: .fixed, first: .milliseconds(1)), concurrency: 4)

    static func withRunners(
        _ count: Int = 1,
        _ bench: JobBench,
        queue: Queue = .bookings,
        configuration: QueueConfiguration = patient,
        pollInterval: Duration = DispatchStateMachine.pollInterval,
        handler: any JobHandler,
        _ body: (RedisClient) async throws -> Void
    ) async throws {
        let system = bench.system
        func client() -> RedisClient {
            RedisClient(configuration: system.redis, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: system.logger)
        }
        let commands = client()
        let pool = PostgresPool(
            configuration: system.database,
            size: 3,
            maxWaiters: 64,
            waitTimeout: .seconds(20),
            logger: system.logger
        )
        var services: [any Service] = [pool, commands]
        for number in 0..<count {
            let blocking = client()
            services.append(blocking)
            services.append(
                QueueRunner(
                    queue,
                    configuration: configuration,
                    handler: handler,
                    pool: pool,
                    blocking: blocking,
                    commands: commands,
                    streams: system.streams,
                    worker: "replica-\(number)",
                    instance: UUID().uuidString,
                    logger: system.logger,
                    pollInterval: pollInterval
                )
            )
        }
        try await system.running(services) {
            try await commands.waitUntilConnected(timeout: .seconds(60))
            try await body(commands)
        }
    }

    static func drained(_ bench: JobBench) async throws {
        while try await bench.system.count("SELECT count(*) FROM jobs WHERE state <> 'dead'") > 0 {
            try await Moment.pass()
        }
    }

    @Test(arguments: [1, 2, 4]) func `replicas run every job once, doorbell or not`(replicas: Int) async throws {
        try await JobBench.with { bench in
            let recorder = Recorder()
            let keys = (1...200).map { "book:\($0)" }
            try await bench.insert(keys.prefix(100).enumerated().map { JobBench.job($1, order: $0, shop: "shop-\($0 % 7)") })
            try await Self.withRunners(replicas, bench, handler: recorder) { redis in
                try await bench.insert(keys.suffix(100).enumerated().map { JobBench.job($1, order: 100 + $0) })
                try await bench.system.streams.ring([JobBench.order(1)], on: .bookings, isRelayed: false, redis)
                try await Self.drained(bench)
            }
            #expect(recorder.keys.sorted() == keys.sorted())
            #expect(try await bench.system.count("SELECT count(*) FROM finished_jobs") == 200)
        }
    }

    @Test func `the jobs of an order run one after the other, in their order`() async throws {
        try await JobBench.with { bench in
            let running = Mutex(Set<UUID>())
            let isOverlapped = Mutex(false)
            let recorder = Recorder { job in
                let isFirst = running.withLock { $0.insert(job.orderID).inserted }
                if !isFirst { isOverlapped.withLock { $0 = true } }
                for _ in 1...20 { await Task.yield() }
                running.withLock { _ = $0.remove(job.orderID) }
                return job.attempt == 1 ? .retry(reason: "once more") : .done(answer: nil)
            }
            for step in 1...5 {
                try await bench.insert((1...4).map { JobBench.job("\($0):\(step)", order: $0) })
            }
            try await Self.withRunners(2, bench, handler: recorder) { _ in try await Self.drained(bench) }
            #expect(!isOverlapped.withLock { $0 })
            for order in 1...4 {
                let keys = recorder.keys.filter { $0.hasPrefix("\(order):") }
                #expect(keys == (1...5).flatMap { ["\(order):\($0)", "\(order):\($0)"] })
            }
        }
    }

    @Test func `an attempt that exceeds its deadline is cancelled and tried again`() async throws {
        try await JobBench.with { bench in
            let recorder = Recorder { job in
                guard job.attempt == 1 else { return .done(answer: nil) }
                // Never answered, until it is cancelled.
                for await _ in AsyncStream.makeStream(of: Void.self).stream {}
                return .retry(reason: "cancelled", answer: Array("too late".utf8))
            }
            var configuration = Self.patient
            configuration.deadline = .seconds(1)
            try await bench.insert(JobBench.job("book:1"))
            try await Self.withRunners(1, bench, configuration: configuration, handler: recorder) { _ in
                try await Self.drained(bench)
            }
            let ended = try await bench.system.texts(
                "SELECT attempt || ' ' || last_error || ' ' || (answer IS NULL) FROM finished_jobs"
            )
            #expect(ended == ["2 the attempt took longer than 1.0 seconds true"])
        }
    }

    @Test func `a job whose worker died is run by another once its lease is over`() async throws {
        try await JobBench.with { bench in
            let recorder = Recorder()
            try await bench.insert(JobBench.job("book:1"))
            #expect(try await bench.claim(worker: "dead").count == 1)
            try await Self.withRunners(2, bench, handler: recorder) { _ in
                try await bench.passTime()
                try await Self.drained(bench)
            }
            #expect(recorder.runs.withLock { $0.map(\.worker) } == [2])
        }
    }

    @Test func `a job that never works is dead with its answer, and others flow`() async throws {
        try await JobBench.with { bench in
            let recorder = Recorder { job in
                job.key == "bad" ? .retry(reason: "500", answer: Array("<html>".utf8)) : .done(answer: nil)
            }
            try await bench.insert(
                JobBench.job("bad", order: 1),
                JobBench.job("behind", order: 1),
                JobBench.job("good", order: 2)
            )
            try await Self.withRunners(2, bench, handler: recorder) { _ in
                while try await bench.states() != ["bad dead", "behind ready"] { try await Moment.pass() }
            }
            #expect(recorder.keys.filter { $0 == "bad" }.count == 3)
            #expect(!recorder.keys.contains("behind"))
            #expect(
                try await bench.system.texts("SELECT convert_from(last_answer, 'UTF8') FROM jobs WHERE state = 'dead'") == [
                    "<html>"
                ]
            )
        }
    }

    @Test func `a dead letter that nobody wants any more makes way by itself`() async throws {
        try await JobBench.with { bench in
            let recorder = Recorder { $0.key == "bad" ? .dead(reason: "never", answer: nil) : .done(answer: nil) }
            try await bench.insert(JobBench.job("bad"), JobBench.job("behind"))
            try await Self.withRunners(2, bench, handler: recorder) { _ in
                while try await bench.states() != ["bad dead", "behind blocked"] { try await Moment.pass() }
                recorder.unwanted.withLock { $0 = ["bad"] }
                try await Self.drained(bench)
            }
            #expect(recorder.keys == ["bad", "behind"])
            let filed = "SELECT key || ' ' || outcome FROM finished_jobs ORDER BY id"
            #expect(try await bench.system.texts(filed) == ["bad cancelled", "behind done"])
        }
    }

    @Test func `what an attempt throws is written down as why it failed`() async throws {
        struct Broken: Error {}
        try await JobBench.with { bench in
            let recorder = Recorder { job in
                guard job.attempt > 1 else { throw Broken() }
                return .done(answer: nil)
            }
            try await bench.insert(JobBench.job("book:1"))
            try await Self.withRunners(1, bench, handler: recorder) { _ in try await Self.drained(bench) }
            #expect(try await bench.system.texts("SELECT last_error FROM finished_jobs") == ["the attempt failed: Broken()"])
        }
    }

    @Test func `each failure of a job doubles its wait`() async throws {
        try await JobBench.with { bench in
            var configuration = Self.patient
            configuration.attempts = 10
            configuration.backoff = Backoff(kind: .exponential, first: .seconds(100))
            let recorder = Recorder { job in
                // In between it is put off, which is no failure.
                job.attempt == 2 ? .postpone(reason: "later", after: .seconds(1)) : .retry(reason: "not now")
            }
            try await bench.insert(JobBench.job("book:1"))
            try await Self.withRunners(1, bench, configuration: configuration, handler: recorder) { _ in
                for (attempt, wait) in [(1, 100), (2, 1), (3, 200), (4, 400)] {
                    while try await bench.system.count(
                        "SELECT count(*) FROM jobs WHERE state = 'ready' AND attempt = \(attempt)"
                    ) == 0 {
                        try await Moment.pass()
                    }
                    // Up to a quarter of a wait is left to chance.
                    let inTime = """
                        SELECT count(*) FROM jobs
                        WHERE run_at - updated_at BETWEEN \(wait) * interval '0.74 s' AND \(wait) * interval '1.01 s'
                        """
                    #expect(try await bench.system.count(inTime) == 1, "\(attempt)")
                    try await bench.passTime()
                }
            }
        }
    }

    @Test func `a runner forgets jobs that ended long ago, with their keys`() async throws {
        try await JobBench.with { bench in
            try await bench.insert(JobBench.job("book:1"), JobBench.job("book:2", order: 2))
            for job in try await bench.claim() { _ = try await bench.finish(job, .done(answer: nil)) }
            try await bench.system.execute(
                "UPDATE finished_jobs SET finished_at = now() - interval '1 year' WHERE key = 'book:1'"
            )
            try await Self.withRunners(1, bench, handler: Recorder()) { _ in
                try await eventually("the old key is forgotten") {
                    try await bench.system.texts("SELECT key FROM job_keys") == ["book:2"]
                }
            }
            #expect(try await bench.system.texts("SELECT key FROM finished_jobs") == ["book:2"])
        }
    }

    @Test func `a handler hears of each job that is given up, whatever made an end of it`() async throws {
        try await JobBench.with { bench in
            let recorder = Recorder { $0.key == "no" ? .dead(reason: "never", answer: nil) : .retry(reason: "not now") }
            try await bench.insert(JobBench.job("lost", order: 1))
            for _ in 1...3 {
                #expect(try await bench.claim(worker: "dead").count == 1)
                try await bench.passTime()
            }
            try await bench.insert(JobBench.job("no", order: 2), JobBench.job("not now", order: 3))
            try await Self.withRunners(2, bench, handler: recorder) { _ in try await Self.drained(bench) }
            let heard = Set(recorder.givenUp.withLock { $0 })
            #expect(heard == ["lost 3: \(JobTable.lostReason)", "no 1: never", "not now 3: not now"])
        }
    }

    @Test func `a job that nobody wants when it is given up ends as cancelled, whatever made an end of it`() async throws {
        try await JobBench.with { bench in
            let recorder = Recorder { $0.key == "no" ? .dead(reason: "never", answer: nil) : .retry(reason: "not now") }
            recorder.unwanted.withLock { $0 = ["lost", "no", "not now"] }
            try await bench.insert(JobBench.job("lost", order: 1))
            for _ in 1...3 {
                #expect(try await bench.claim(worker: "dead").count == 1)
                try await bench.passTime()
            }
            try await bench.insert(JobBench.job("no", order: 2), JobBench.job("not now", order: 3))
            try await Self.withRunners(2, bench, handler: recorder) { _ in try await Self.drained(bench) }
            #expect(try await bench.states() == [])
            let reasons = "SELECT outcome || ' ' || substring(reason FROM ': .*') FROM finished_jobs ORDER BY key"
            let filed = ["cancelled : \(JobTable.lostReason)", "cancelled : never", "cancelled : not now"]
            #expect(try await bench.system.texts(reasons) == filed)
        }
    }

    @Test func `a job whose handler cannot hear that it is given up lives on until it can`() async throws {
        try await JobBench.with { bench in
            let recorder = Recorder { _ in .retry(reason: "not now") }
            recorder.isDeaf.withLock { $0 = true }
            try await bench.insert(JobBench.job("book:1"))
            try await Self.withRunners(1, bench, handler: recorder) { _ in
                while try await bench.states() != ["book:1 dead"] { try await Moment.pass() }
            }
            #expect(recorder.givenUp.withLock { $0 } == ["book:1 4: not now"])
        }
    }

    @Test func `a ring for the queue alone starts its job at once`() async throws {
        try await JobBench.with { bench in
            let recorder = Recorder()
            // No look that a runner takes by itself comes in the time of this test.
            try await Self.withRunners(1, bench, pollInterval: .seconds(3_600), handler: recorder) { redis in
                let sender = DoorbellSender(redis: redis, streams: bench.system.streams, logger: bench.system.logger)
                try await bench.system.running([sender]) {
                    for order in 1...9 {
                        try await bench.insert(JobBench.job("book:\(order)", order: order))
                        sender.ring([.bookings])
                        try await Self.drained(bench)
                    }
                }
            }
            #expect(recorder.keys == (1...9).map { "book:\($0)" })
        }
    }

    @Test func `what runs at a shutdown is finished first`() async throws {
        try await JobBench.with { bench in
            let isRunning = AsyncStream.makeStream(of: Void.self)
            let recorder = Recorder { _ in
                isRunning.continuation.yield()
                for _ in 1...1_000 { await Task.yield() }
                return .done(answer: nil)
            }
            try await bench.insert((1...50).map { JobBench.job("book:\($0)", order: $0) })
            try await Self.withRunners(1, bench, handler: recorder) { _ in
                for await _ in isRunning.stream { break }
            }
            #expect(try await bench.system.count("SELECT count(*) FROM jobs WHERE state = 'running'") == 0)
            #expect(try await Int(bench.system.count("SELECT count(*) FROM finished_jobs")) == recorder.keys.count)
        }
    }
}
