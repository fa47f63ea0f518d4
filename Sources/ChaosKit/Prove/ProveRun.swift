import LocalServers
package import Logging
package import Orders
import Postgres

/// Proves that the order of arrival, duplicates, replicas and crashes make no difference: one final state, nothing lost,
/// nothing doubled.
package struct ProveRun: Sendable {
    /// How often the changing line is written.
    private static let progressInterval = Duration.milliseconds(250)

    let set: EventSet
    let options: ProveOptions
    let console: Console
    let logger: Logger
    let now: @Sendable () -> Instant

    /// - Parameter now: the time of day, by which events that waited through a fault are known.
    package init(
        _ set: EventSet,
        options: ProveOptions,
        console: Console,
        logger: Logger,
        now: @escaping @Sendable () -> Instant
    ) {
        self.set = set
        self.options = options
        self.console = console
        self.logger = logger
        self.now = now
    }

    /// Starts a stack of its own, sends, breaks, waits and checks.
    ///
    /// - Throws: `ScenarioRun.Refusal` when the events cannot be compared over arrival orders.
    package func run() async throws -> ProveReport {
        let start = ContinuousClock.now
        if let objection = try set.objection() { throw ScenarioRun.Refusal(objection) }
        let plan = try ArrivalPlan(set, arrivalOrders: options.arrivalOrders, seed: options.seed)
        let faults = FaultPlan(
            kinds: options.kinds.filter { options.stack.booking || !$0.needsBooking },
            count: options.faults,
            duration: options.duration,
            replicas: options.stack.replicas,
            scale: options.faultScale,
            seed: options.seed
        )
        console.note(
            "Starting a private stack: \(plan.sequence.count) deliveries, \(faults.faults.count) faults, seed \(options.seed)"
        )
        var report = try await ChaosStack.with(options.stack, logger: logger) { stack in
            try await prove(plan, faults, stack)
        }
        report.duration = start.duration(to: .now)
        return report
    }

    private func prove(_ plan: ArrivalPlan, _ faults: FaultPlan, _ stack: ChaosStack) async throws -> ProveReport {
        let deliveries = try plan.deliveries(host: stack.target.hostHeader, secret: ChaosStack.secret, at: now())
        let board = ProveBoard()
        let shops = Set(deliveries.flatMap(\.events).filter(\.isAboutItsShop).map(\.subject.uuid))
        let faultRun = FaultRun(
            plan: faults,
            slack: options.slack,
            injector: FaultInjector(stack: stack, now: now),
            watch: RecoveryWatch(database: stack.database, shops: Array(shops), logger: logger),
            board: board,
            console: console
        )
        let (load, felt) = try await showing(board, total: deliveries.count) {
            async let felt = faultRun.run()
            let load = try await sender(to: stack.target, deliveries.count, board).run(deliveries.map(\.request)) {
                board.sent($0)
            }
            board.endedSending()
            return (load, try await felt)
        }
        let quiescence = Quiescence(stack: stack, limit: options.settleLimit, logger: logger)
        let quietAfter = try await quiescence.wait { console.status("\($0) events, jobs and parcels are under way") }
        console.status("checking")
        let findings = try await ProveFindings(deliveries, load, stack, logger: logger)
        let ended = stack.programs.flatMap(\.unexpectedEnds)
        let undrained = await stack.drain()
        console.endProgress()
        let arrivals = try ArrivalCheck(
            set,
            plan,
            observed: findings.check.observed.orders,
            expected: findings.check.expected.orders,
            booking: options.stack.booking
        )
        return ProveOutcome(
            set: set,
            options: options,
            plan: plan,
            faults: faults,
            deliveries: deliveries.count,
            load: load,
            felt: felt,
            incidents: board.incidents,
            quietAfter: quietAfter,
            findings: findings,
            arrivals: arrivals,
            sandbox: stack.sandbox?.report(),
            ended: ended,
            undrained: undrained
        ).report
    }

    /// A sender as patient as Shopify, only faster: whatever is not answered 2xx comes again.
    private func sender(to target: TargetAddress, _ count: Int, _ board: ProveBoard) -> HTTPLoad {
        var load = HTTPLoad(host: target.host, port: target.port, connections: options.connections)
        load.rate = Double(count) / options.duration.inSeconds
        var retry = RetryPolicy()
        retry.maxAttempts = .max
        retry.longestDelay = .seconds(1)
        retry.repeatsRefusals = true
        load.retry = retry
        load.unreachableTimeout = .seconds(60)
        load.witness = { board.witness($0) }
        return load
    }

    private func showing<Value: Sendable>(
        _ board: ProveBoard,
        total: Int,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while !Task.isCancelled {
                    console.status(board.line(of: total))
                    // Cancelled means that there is nothing more to show.
                    try? await Task.sleep(for: Self.progressInterval)
                }
                return nil
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }
}

extension IncomingEvent {
    fileprivate var isAboutItsShop: Bool {
        if case .shop = subject { return true }
        return false
    }
}
