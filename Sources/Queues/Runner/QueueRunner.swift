package import Logging
package import Postgres
package import Redis
import ServiceLifecycle
package import ServiceRuntime
import Synchronization

/// Runs the jobs of one queue in one replica: claims what is due, has it done, writes down how it ended.
///
/// Doorbells only make it quick; what nobody rang for starts within `DispatchStateMachine.pollInterval`.
package final class QueueRunner: Service, Sendable {
    /// Longest wait for a doorbell.
    static let receiveTimeout: Duration = .seconds(1)
    /// How often the queue is tidied up and counted, as long as that is quick: a job whose worker died is due again within this time after
    /// its lease.
    static let upkeepInterval: Duration = .seconds(2)

    /// A job that was refused because of too many calls waits this long, but for the jitter, even if it may come again at once: the
    /// refusal costs it no attempt, so nothing else slows it down.
    package static let shortestThrottle: Duration = .seconds(1)

    let queue: Queue
    let configuration: QueueConfiguration
    let pool: PostgresPool
    let limiter: Limiter?
    let turnstile: Turnstile?
    let metrics: QueueMetrics
    let logger: Logger
    let failpoints: Failpoints
    let jitter: @Sendable () -> Double
    let attempt: JobAttempt
    let worker: String
    let ledger = TurnLedger()
    let rests = Rests()
    let cursor = Mutex("")
    /// The last blocked job whose letter was asked about.
    let lastBlocked = Mutex<JobTable.BlockedJob?>(nil)
    let machine: Mutex<DispatchStateMachine>
    let ended = Mutex<[JobTable.Finish]>([])
    /// Why nothing can be claimed.
    let claimFault = Mutex(RecurringFault())
    let (dispatchBell, finishBell, roomBell, upkeepBell) = (Wakeup(), Wakeup(), Wakeup(), Wakeup())
    private let listener: DoorbellListener

    /// - Parameters:
    ///   - blocking: a client of this runner's own: its reads block.
    ///   - commands: any client, for what does not block.
    ///   - worker: the name of the replica.
    ///   - instance: another name after each restart of it: turns of a process that died count on.
    ///   - pollInterval: within which what nobody rang for starts.
    ///   - jitter: a random number in `0..<1` for each wait.
    package init(
        _ queue: Queue,
        configuration: QueueConfiguration,
        handler: any JobHandler,
        pool: PostgresPool,
        blocking: RedisClient,
        commands: RedisClient,
        streams: DoorbellStreams,
        worker: String,
        instance: String,
        logger: Logger,
        failpoints: Failpoints = .off,
        pollInterval: Duration = DispatchStateMachine.pollInterval,
        jitter: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        self.queue = queue
        self.configuration = configuration
        self.pool = pool
        self.worker = worker
        self.jitter = jitter
        self.failpoints = failpoints
        var logger = logger
        logger[metadataKey: "queue"] = "\(queue.rawValue)"
        self.logger = logger
        metrics = QueueMetrics(queue)
        attempt = JobAttempt(
            handler: handler,
            deadline: configuration.attemptDeadline,
            attempts: configuration.attempts,
            patience: configuration.outagePatience
        )
        limiter = configuration.rate.map {
            Limiter(
                $0,
                longestCall: configuration.lease,
                queue: queue,
                redis: commands,
                streams: streams,
                caller: "\(worker)-\(instance)"
            )
        }
        turnstile = limiter.map { Turnstile($0) }
        listener = DoorbellListener(
            blocking: blocking,
            commands: commands,
            streams: streams,
            consumer: worker,
            names: [queue.stream]
        )
        machine = Mutex(DispatchStateMachine(concurrency: configuration.concurrency, pollInterval: pollInterval, now: .now))
    }

    /// Works until graceful shutdown; what is running then is finished first.
    package func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.listen() }
                group.addTask { await self.turnstile?.run() }
                group.addTask {
                    await self.finish()
                    self.turnstile?.stop()
                }
                group.addTask { await self.keepUp() }
                await dispatch(in: &group)
            }
        } onCancelOrGracefulShutdown: {
            self.machine.withLock { $0.stop() }
            for bell in [self.dispatchBell, self.finishBell, self.roomBell, self.upkeepBell] { bell.ring() }
        }
    }

    var isStopping: Bool { machine.withLock { $0.isStopping } }

    private func dispatch(in group: inout DiscardingTaskGroup) async {
        while true {
            switch machine.withLock({ $0.next(now: .now) }) {
            case .stop:
                return finishBell.ring()
            case .wait(let until):
                await dispatchBell.wait(until: until)
            case .claim(let room):
                for job in await claim(room: room) {
                    group.addTask { await self.run(job) }
                }
            }
        }
    }

    private func run(_ job: ClaimedJob) async {
        metrics.claimed(job)
        let start = ContinuousClock.now
        let outcome = await TraceID.$current.withValue(job.traceID.map(TraceID.init)) {
            let outcome = await attempt.run(job)
            logger.debug(
                "An attempt on a job ended.",
                metadata: ["job.key": "\(job.key)", "job.attempt": "\(job.attempt)", "job.outcome": "\(outcome.name)"]
            )
            return outcome
        }
        let turns = job.gate.leave()
        metrics.ended(outcome, after: start.duration(to: .now))
        let finish = JobTable.Finish(job, outcome, delay: delay(after: outcome, of: job), turns: turns)
        rest(after: outcome, shop: job.shop)
        let count = ended.withLock { ended in
            ended.append(finish)
            return ended.count
        }
        // In between the writer is awake, or waits for company.
        if count == 1 || machine.withLock({ $0.hasCompany(count) }) { finishBell.ring() }
    }

    private func delay(after outcome: JobOutcome, of job: ClaimedJob) -> Duration {
        switch outcome {
        case .done, .cancelled, .dead:
            return .zero
        case .postpone(_, let after), .leftAlone(_, let after, _):
            return min(max(after, .zero), Backoff.longest)
        case .throttled(_, let after):
            return min(max(after, Self.shortestThrottle * (0.5 + jitter() / 2)), Backoff.longest)
        case .retry(_, _, let after):
            // Postponements raised both numbers alike.
            let failures = Int(job.attempt - (job.maxAttempts - configuration.attempts))
            let backoff = configuration.backoff.delay(afterFailures: failures, jitter: jitter())
            return min(max(after ?? backoff, .zero), Backoff.longest)
        }
    }

    /// Leaves alone who wants fewer calls, and closes the limit where it is theirs, or who is out of reach: a claim for each waiting
    /// job, only to be told so, would keep PostgreSQL busy and nobody else.
    private func rest(after outcome: JobOutcome, shop: String) {
        let party = queue.party(shop: shop)
        switch outcome {
        // Later there is no rest: every job that has waited as long must be claimed to become a dead letter.
        case .leftAlone(_, let time, let silence) where silence < configuration.outagePatience:
            rests.begin(party, for: min(time, Backoff.longest))
        case .throttled(_, let time):
            let time = min(time, Backoff.longest)
            rests.begin(party, for: time)
            guard let limiter, let turnstile, limiter.scope(shop: shop) == party else { return }
            turnstile.close(for: time, scope: party)
        default: break
        }
    }

    private func listen() async {
        var fault = RecurringFault()
        await cancelWhenGracefulShutdown { await self.listener.waitForStart() }
        while !isStopping {
            // A doorbell is left to a replica that has room.
            guard machine.withLock({ $0.hasRoom }) else {
                await roomBell.wait()
                continue
            }
            do {
                let received = try await cancelWhenGracefulShutdown {
                    try await self.listener.receive(timeout: Self.receiveTimeout)
                }
                if !received.isEmpty { try await listener.acknowledge(received) }
                fault.end()
                guard !received.isEmpty else { continue }
                machine.withLock { $0.rang() }
                dispatchBell.ring()
            } catch  where isStopping || Task.isCancelled {
                return
            } catch {
                fault.warn("A queue hears no doorbells and looks by itself meanwhile.", error, to: logger)
                await roomBell.wait(until: .now + DispatchStateMachine.backoff.limit)
            }
        }
    }
}
