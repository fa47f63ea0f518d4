import EventStore
import FoundationEssentials
import NIOPosix
import Orchestration
import Orders
import Postgres
import Queues
import Redis
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// Jobs that become calls to a sink that does nothing: two runners, as two replicas have them, and four where a limit binds.
struct FanOut: Sendable {
    /// One repetition.
    struct Sample: Sendable {
        /// Without a limit and with one that does not bind, in pairs.
        var passes: [(free: Pass, limited: Pass)]
        /// From the commit of a job to the start of its handler, when nothing else is to be done.
        var starts: LatencyHistogram
        /// Of a limit that binds: the share of the permitted calls that were made.
        var shareOfLimit: Double
        /// From the commit of a job that nobody rings for to the start of its handler.
        var withoutRing: Duration
        /// From the claim of a worker that dies of it to the start of the handler of another.
        var afterDeath: Duration
        var assertions: [Assertion]
    }

    /// What it took to make all calls once.
    struct Pass: Sendable {
        /// Calls a second.
        var rate: Double
        /// Of the whole machine, in seconds a call.
        var processorTime: Double
    }

    private static let queue = Queue.courierCommands
    private static let runners = 2
    private static let shops = 4
    /// How often both are measured, one after the other.
    private static let pairs = 4
    /// Calls at the beginning that do not count, as a share: connections are made, a limit begins closed.
    private static let warmUp = 0.2
    /// A limit that binds, and for how long it is watched.
    private static let limit = (RateLimit(maxStarts: 100, window: .seconds(1)), windows: 5)
    /// Far more than is ever reached.
    private static let looseLimit = RateLimit(maxStarts: RateLimit.maxMaxStarts, window: .milliseconds(100))

    let rig: BenchRig

    func run(repetition: Int) async throws -> Sample {
        let (sink, target) = try await rig.noop()
        return try await rig.during([sink]) { _ in
            let url = "http://\(target.hostHeader)"
            var passes: [(free: Pass, limited: Pass)] = []
            var assertions: [Assertion] = []
            for pair in 0..<Self.pairs {
                // Taking turns at the first place: what the machine does meanwhile meets both.
                let isFirstLimited = !pair.isMultiple(of: 2)
                let (first, firstMade) = try await throughput(url, rate: isFirstLimited ? Self.looseLimit : nil)
                let (second, secondMade) = try await throughput(url, rate: isFirstLimited ? nil : Self.looseLimit)
                passes.append(isFirstLimited ? (second, first) : (first, second))
                assertions += [firstMade, secondMade]
            }
            let starts = try await starts(url)
            let (share, ofLimit) = try await bindingLimit(url)
            let (withoutRing, afterDeath) = (try await withoutRing(url), try await afterDeath(url))
            assertions = (assertions + ofLimit).map { $0.named("fan-out \(repetition + 1): ") }
            return Sample(
                passes: passes,
                starts: starts,
                shareOfLimit: share,
                withoutRing: withoutRing,
                afterDeath: afterDeath,
                assertions: assertions
            )
        }
    }

    private func throughput(_ url: String, rate: RateLimit?) async throws -> (Pass, Assertion) {
        try await rig.withConnection(BenchDatabase.empty)
        let count = rig.size.requests / 4
        try await insert(0..<count)
        let before = MachineLoad.processorTime
        return try await during(url, rate: rate) { sink, _ in
            while sink.answered < count { try await Task.sleep(for: .milliseconds(1)) }
            try await settled()
            let processorTime = (MachineLoad.processorTime - before) / Double(count)
            let ends = sink.ends
            let first = Int(Double(count) * Self.warmUp)
            let seconds = ends[first].duration(to: ends[count - 1]).inSeconds
            let pass = Pass(rate: Double(count - 1 - first) / seconds, processorTime: processorTime)
            return (pass, .equal("every job made one call", sink.starts.count, count))
        }
    }

    private func starts(_ url: String) async throws -> LatencyHistogram {
        try await rig.withConnection(BenchDatabase.empty)
        return try await during(url, rate: nil) { sink, doorbells in
            var latencies = LatencyHistogram()
            for number in 0..<rig.size.hotOrder / 2 {
                let order = Self.order(number)
                try await insert(number..<number + 1)
                let committed = ContinuousClock.now
                doorbells.ring([order], on: Self.queue.stream)
                while sink.answered <= number { try await Task.sleep(for: .microseconds(200)) }
                let start = sink.starts[number]
                latencies.record(nanoseconds: UInt64(max(.zero, committed.duration(to: start)) / .nanoseconds(1)))
            }
            return latencies
        }
    }

    private func bindingLimit(_ url: String) async throws -> (Double, [Assertion]) {
        try await rig.withConnection(BenchDatabase.empty)
        let (limit, windows) = Self.limit
        try await insert(0..<limit.maxStarts * (windows + 2))
        return try await during(url, rate: limit, runners: 2 * Self.runners) { sink, _ in
            let count = limit.maxStarts * windows
            while sink.answered <= count { try await Task.sleep(for: .milliseconds(5)) }
            let starts = sink.starts
            // Whenever between its start and its end the sink saw a call: no slack, it is the same clock.
            let shortest = zip(sink.ends, starts.dropFirst(limit.maxStarts)).map { $0.duration(to: $1) }.min() ?? .zero
            return (
                limit.window * windows / starts[0].duration(to: starts[count]),
                [
                    Assertion(
                        "the limit holds in every window",
                        shortest >= limit.window,
                        "\(Figures.duration(shortest)) from an end to the start \(limit.maxStarts) calls later"
                    )
                ]
            )
        }
    }

    /// The worst of five.
    private func withoutRing(_ url: String) async throws -> Duration {
        try await rig.withConnection(BenchDatabase.empty)
        return try await during(url, rate: nil) { sink, _ in
            var worst = Duration.zero
            for number in 0..<5 {
                try await insert(number..<number + 1)
                let committed = ContinuousClock.now
                while sink.answered <= number { try await Task.sleep(for: .milliseconds(1)) }
                worst = max(worst, committed.duration(to: sink.starts[number]))
            }
            return worst
        }
    }

    /// With the deadline that everybody has who sets none.
    private func afterDeath(_ url: String) async throws -> Duration {
        try await rig.withConnection(BenchDatabase.empty)
        try await insert(0..<1)
        try await rig.withConnection { connection in
            let quotas = [(shop: Self.shop(0), jobs: 1)]
            let jobs = try JobTable.claim(
                Self.queue,
                quotas: quotas,
                worker: "dead",
                configuration: QueueConfiguration(),
                on: connection
            )
            precondition(jobs.count == 1, "nobody else claims it")
        }
        let claimed = ContinuousClock.now
        return try await during(url, rate: nil) { sink, _ in
            while sink.answered == 0 { try await Task.sleep(for: .milliseconds(5)) }
            return claimed.duration(to: sink.starts[0])
        }
    }

    private static func shop(_ number: Int) -> String { "shop-\(number % shops).example" }

    /// Runs the body beside the runners.
    private func during<Value: Sendable>(
        _ url: String,
        rate: RateLimit?,
        runners: Int = FanOut.runners,
        _ body: @escaping @Sendable (Sink, DoorbellSender) async throws -> Value
    ) async throws -> Value {
        let group = MultiThreadedEventLoopGroup.singleton
        let streams = DoorbellStreams(prefix: "{bench-\(rig.seed)-\(rate?.maxStarts ?? 0)}:")
        let redis = try RedisConfiguration(url: rig.redisURL)
        func client() -> RedisClient { RedisClient(configuration: redis, eventLoopGroup: group, logger: rig.logger) }
        var database = rig.database
        database.serverSettings = PlannerSettings.byKey
        let pool = PostgresPool(
            configuration: database,
            size: 3 * runners,
            maxWaiters: 256,
            waitTimeout: .seconds(20),
            logger: rig.logger
        )
        var settings = SettingsReader(layers: [[:]])
        let http = OutboundClient(
            destination: "sink",
            baseURL: url,
            timeout: .seconds(5),
            configuration: OutboundConfiguration(settings: &settings, isUsed: false),
            eventLoopGroup: group
        )
        let sink = Sink(courier: CourierClient(http: http))
        let commands = client()
        let doorbells = DoorbellSender(redis: commands, streams: streams, logger: rig.logger)
        var services: [any Service] = [pool, http, commands, doorbells]
        for number in 1...runners {
            let blocking = client()
            let runner = QueueRunner(
                Self.queue,
                configuration: QueueConfiguration(concurrency: 128, rate: rate),
                handler: sink,
                pool: pool,
                blocking: blocking,
                commands: commands,
                streams: streams,
                worker: "bench-\(number)",
                instance: String(rig.seed),
                logger: rig.logger
            )
            services += [blocking, runner]
        }
        let running = ServiceGroup(services: services, logger: rig.logger)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await running.run() }
            let value = try await body(sink, doorbells)
            await running.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return value
        }
    }

    private func insert(_ numbers: Range<Int>) async throws {
        let jobs = numbers.map { number in
            NewJob(
                queue: Self.queue,
                key: "bench:\(number)",
                orderID: Self.order(number),
                shop: Self.shop(number),
                input: [],
                delay: .zero
            )
        }
        try await rig.withConnection { connection in
            try connection.transaction { transaction in
                let (statement, bindings) = JobTable.insert(jobs)
                _ = try transaction.query(statement, bindings)
            }
        }
    }

    private func settled() async throws {
        while try await rig.withConnection(BenchDatabase.liveJobs) > 0 { try await Task.sleep(for: .milliseconds(20)) }
    }

    private static func order(_ number: Int) -> UUID {
        OrderID(source: "bench", shop: "bench", refID: String(number)).uuid
    }
}

/// Calls the sink, and counts.
private final class Sink: JobHandler {
    private let courier: CourierClient
    private let times = Mutex<(starts: [ContinuousClock.Instant], ends: [ContinuousClock.Instant])>(([], []))
    private let answers = Atomic<Int>(0)

    init(courier: CourierClient) {
        self.courier = courier
    }

    /// When calls were made, and when they had ended; both in the order of time.
    var starts: [ContinuousClock.Instant] { times.withLock { $0.starts } }
    var ends: [ContinuousClock.Instant] { times.withLock { $0.ends } }
    var answered: Int { answers.load(ordering: .acquiring) }

    func run(_ job: ClaimedJob) async throws -> JobOutcome {
        let result = try await job.call { permit in
            times.withLock { $0.starts.append(.now) }
            defer { times.withLock { $0.ends.append(.now) } }
            return await courier.cancel(reference: job.orderID, permit)
        }
        switch result {
        case .unreachable(let reason), .notNow(let reason, _, _): return .retry(reason: reason)
        default: break
        }
        answers.add(1, ordering: .acquiringAndReleasing)
        return .done(answer: nil)
    }
}
