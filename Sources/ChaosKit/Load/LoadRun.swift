import NIOCore
import NIOPosix
import Synchronization

/// One load under way. Everything happens on its event loop.
final class LoadRun {
    /// How often time-outs, cancellation and progress are looked at.
    private static let tick = TimeAmount.milliseconds(100)
    /// Wait before a connection that failed to open is tried again.
    private static let reconnectDelay = TimeAmount.milliseconds(20)
    /// The finest step of an open loop: below it the timer would cost more than the requests.
    private static let finestWait: UInt64 = 250_000

    private let load: HTTPLoad
    private let requests: [PreparedRequest]
    private let wish: StopWish
    private let eventLoop: any EventLoop
    private let promise: EventLoopPromise<LoadResult>
    private let started = NIODeadline.now().uptimeNanoseconds
    private var schedule: LoadSchedule
    private var result: LoadResult
    private var idle: [LoadConnection] = []
    private var open: [ObjectIdentifier: LoadConnection] = [:]
    private var ended = 0
    private var lastSignOfLife: UInt64
    private var timer: Scheduled<Void>?
    private var timerDue = UInt64.max
    private var repeated: RepeatedTask?
    private var isFinished = false

    init(load: HTTPLoad, requests: [PreparedRequest], wish: StopWish, eventLoop: any EventLoop) {
        self.load = load
        self.requests = requests
        self.wish = wish
        self.eventLoop = eventLoop
        promise = eventLoop.makePromise()
        schedule = LoadSchedule(count: requests.count, rate: load.rate, policy: load.retry, start: started)
        result = LoadResult(count: requests.count, keepsBodies: load.keepsBodies)
        lastSignOfLife = started
    }

    func start(progress: @escaping @Sendable (Int) -> Void) -> EventLoopFuture<LoadResult> {
        for _ in 0..<min(load.connections, max(requests.count, 1)) { connect() }
        let run = NIOLoopBound(self, eventLoop: eventLoop)
        repeated = eventLoop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in
            progress(run.value.ended)
            run.value.inspect()
        }
        if requests.isEmpty { finish() }
        return promise.futureResult
    }

    // MARK: Connections

    private func connect() {
        let run = NIOLoopBound(self, eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.nanoseconds(Int64(load.unreachableTimeout.nanoseconds)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LoadConnection(run: run.value))
                }
            }
            .connect(host: load.host, port: load.port)
            .assumeIsolated()
            .whenFailure { self.connectFailed($0) }
    }

    private func connectFailed(_ error: any Error) {
        guard !isFinished else { return }
        let silence = NIODeadline.now().uptimeNanoseconds - lastSignOfLife
        if open.isEmpty, silence > load.unreachableTimeout.nanoseconds {
            result.connectionErrors += 1
            result.fault = "\(load.host):\(load.port) cannot be reached: \(Self.reason(error))"
            finish()
        } else {
            eventLoop.assumeIsolated().scheduleTask(in: Self.reconnectDelay) { if !self.isFinished { self.connect() } }
        }
    }

    /// The first thing that went wrong, without what NIO wraps around it.
    private static func reason(_ error: any Error) -> any Error {
        guard let error = error as? NIOConnectionError else { return error }
        return error.connectionErrors.first?.error ?? error.dnsAError ?? error.dnsAAAAError ?? error
    }

    /// The connection is open and carries nothing.
    func opened(_ connection: LoadConnection) {
        open[ObjectIdentifier(connection)] = connection
        lastSignOfLife = NIODeadline.now().uptimeNanoseconds
        use(connection, now: lastSignOfLife)
    }

    /// The connection is gone, with a request on it or without.
    func closed(_ connection: LoadConnection, carrying flight: LoadConnection.Flight?) {
        guard open.removeValue(forKey: ObjectIdentifier(connection)) != nil, !isFinished else { return }
        idle.removeAll { $0 === connection }
        if let flight {
            let now = NIODeadline.now().uptimeNanoseconds
            result.connectionErrors += 1
            load.witness?(LoadIncident(connection.wasTooSlow ? .late : .broken, at: .now))
            end(flight.index, .broken, shouldRetry: true, now: now)
        }
        if schedule.isFinished { finish() } else { connect() }
    }

    // MARK: Requests

    func answered(_ connection: LoadConnection, _ flight: LoadConnection.Flight, _ response: ResponseReader.Response) {
        let now = NIODeadline.now().uptimeNanoseconds
        lastSignOfLife = now
        result.latencies.record(nanoseconds: now - min(flight.since, now))
        result.statusCounts[response.status, default: 0] += 1
        result.duration = .nanoseconds(Int64(now - started))
        if load.keepsBodies { result.bodies[flight.index] = String(buffer: response.body) }
        if !(200..<300).contains(response.status), let witness = load.witness {
            let isClean = response.status == 503 && response.hasRetryAfter && !response.closes
            witness(LoadIncident(.answered(status: response.status, isClean: isClean), at: .now))
        }
        end(flight.index, .answered(response.status), shouldRetry: load.retry?.repeats(response.status) ?? false, now: now)
        if !response.closes { use(connection, now: now) }
    }

    private func end(_ index: Int, _ outcome: LoadResult.Outcome, shouldRetry: Bool, now: UInt64) {
        result.outcomes[index] = outcome
        if schedule.ended(index, shouldRetry: shouldRetry, now: now) {
            result.retries += 1
            arm(at: now, now: now)
        } else {
            ended += 1
        }
    }

    /// Gives the connection the next request, or lets it rest.
    private func use(_ connection: LoadConnection, now: UInt64) {
        switch schedule.next(now: now) {
        case .send(let index, let since):
            connection.send(requests[index], .init(index: index, since: since, sentAt: now))
        case .wait(let until):
            idle.append(connection)
            arm(at: until, now: now)
        case .drain:
            idle.append(connection)
        case .finished:
            finish()
        }
    }

    /// Wakes resting connections when something is due.
    private func arm(at due: UInt64, now: UInt64) {
        guard due < timerDue else { return }
        timer?.cancel()
        timerDue = due
        let wait = max(due > now ? due - now : 0, Self.finestWait)
        timer = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(wait))) {
            self.timerDue = .max
            let now = NIODeadline.now().uptimeNanoseconds
            while let connection = self.idle.popLast() {
                self.use(connection, now: now)
                if self.idle.last === connection { break }
            }
        }
    }

    // MARK: Ends

    private func inspect() {
        guard !isFinished else { return }
        if wish.isExpressed.load(ordering: .relaxed) {
            schedule.stop()
            result.fault = "stopped before the end"
        }
        let now = NIODeadline.now().uptimeNanoseconds
        let timeout = load.responseTimeout.nanoseconds
        for connection in open.values {
            if let flight = connection.flight, now - min(flight.sentAt, now) > timeout { connection.giveUp() }
        }
        if schedule.isFinished { finish() }
    }

    private func finish() {
        guard !isFinished else { return }
        isFinished = true
        timer?.cancel()
        repeated?.cancel()
        for connection in open.values { connection.close() }
        open = [:]
        idle = []
        promise.succeed(result)
    }
}
