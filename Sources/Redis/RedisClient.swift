package import Logging
package import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization

/// One connection at a time, shared by all callers, whose commands are pipelined over it.
///
/// Commands fail at once while there is no connection; the caller decides what that means. A blocking command holds up
/// every command behind it, so a reader that blocks has a client of its own.
package final class RedisClient: Service, Sendable {
    private typealias Waiter = CheckedContinuation<Result<Void, RedisError>, Never>

    private let configuration: RedisConfiguration
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let jitter: @Sendable () -> Double
    private let slot: Mutex<ConnectionSlot<RedisConnection, Waiter>>
    private let lastID = Atomic<UInt64>(0)

    /// - Parameter jitter: a random number in `0..<1` for each reconnect.
    package init(
        configuration: RedisConfiguration,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        jitter: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        self.configuration = configuration
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        self.jitter = jitter
        self.slot = Mutex(ConnectionSlot(maxWaiters: configuration.maxPendingCommands))
    }

    /// Whether a command sent now would go out.
    package var isConnected: Bool {
        (try? slot.withLock { $0.connection }.get()) != nil
    }

    /// Keeps the client connected until graceful shutdown, which waits for pending replies but for no blocking one.
    ///
    /// Whatever the server answers to a connection, it is asked again: one that loads, has no space or has lost its users today
    /// may be well tomorrow.
    /// - Throws: `RedisError` for TLS files that cannot be used.
    package func run() async throws {
        defer {
            for waiter in slot.withLock({ $0.close() }) {
                waiter.resume(returning: .failure(RedisError(.closed, "the client has stopped")))
            }
        }
        let tls = try configuration.tls.map(NIOSSLContext.init(redis:))
        await cancelWhenGracefulShutdown {
            var failedAttempts = 0
            var failure: RedisError?
            while !Task.isCancelled {
                let backoff = self.configuration.reconnectBackoff
                let start = ContinuousClock.now
                failure = await self.connectAndServe(tls, after: failure)
                // A server that takes connections and serves none is as good as away.
                let isWell = failure == nil && start.duration(to: .now) >= backoff.maximum
                failedAttempts = isWell ? 0 : failedAttempts + 1
                let delay = backoff.delay(afterAttempt: failedAttempts, jitter: self.jitter())
                // Cancelled means that the loop ends.
                try? await Task.sleep(for: delay)
            }
        }
    }

    /// Sends one command.
    /// - Throws: an error reply as `.server`; see ``RedisError/Code`` for which others leave the outcome unknown.
    package func send(_ command: RedisCommand) async throws(RedisError) -> RedisValue {
        let replies = try await send(pipeline: [command])
        if case .error(let message) = replies[0] { throw RedisError(serverReply: message) }
        return replies[0]
    }

    /// Sends the commands in one write; the replies have their order, and error replies stay values.
    ///
    /// This is no transaction: commands of other clients may run in between.
    package func send(pipeline commands: [RedisCommand]) async throws(RedisError) -> [RedisValue] {
        let connection = try slot.withLock { $0.connection }.get()
        let replies = try await connection.send(commands, id: nextID()).get()
        // A master that became a replica stays one: whoever is master now answers to the next connection.
        if replies.contains(where: \.isReadOnlyError) { connection.shutDown() }
        return replies
    }

    /// Returns as soon as there is a connection.
    /// - Throws: `.timeout`, `.cancelled`, `.closed`, or `.overloaded` when too many wait.
    package func waitUntilConnected(timeout: Duration) async throws(RedisError) {
        let result = await withTaskGroup(of: Result<Void, RedisError>.self) { group in
            group.addTask { await self.waitForConnection() }
            group.addTask {
                // Cut short when the other one is first, and then nobody reads this result.
                try? await Task.sleep(for: timeout)
                return .failure(RedisError(.timeout, "no connection to Redis within \(timeout)"))
            }
            defer { group.cancelAll() }
            return await group.next() ?? .success(())
        }
        if Task.isCancelled, case .failure = result { throw RedisError(.cancelled, "the task was cancelled") }
        try result.get()
    }

    /// Longest wait of `waitForStart`.
    private static let startWait: Duration = .seconds(1)

    /// Waits a moment for the first connection: all services of a process start at once, and without this each start would warn.
    /// Returns without one when the moment is over; the first command says then that Redis is away.
    package func waitForStart() async {
        try? await waitUntilConnected(timeout: Self.startWait)
    }

    private func waitForConnection() async -> Result<Void, RedisError> {
        let id = nextID()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                if case .resume(let result) = slot.withLock({ $0.wait(id: id, waiter) }) { waiter.resume(returning: result) }
                // Cancelled just before the line above: the handler below came too early to find the waiter.
                if Task.isCancelled { cancelWait(id) }
            }
        } onCancel: {
            cancelWait(id)
        }
    }

    private func cancelWait(_ id: UInt64) {
        let waiter = slot.withLock { $0.cancelWait(id: id) }
        waiter?.resume(returning: .failure(RedisError(.cancelled, "the task was cancelled")))
    }

    /// Connects, and returns when the connection has ended, or why there was none.
    ///
    /// - Parameter last: why there was none the last time. What has been said is not said again for every attempt.
    private func connectAndServe(_ tls: NIOSSLContext?, after last: RedisError?) async -> RedisError? {
        do throws(RedisError) {
            await serve(try await RedisConnection.connect(configuration, on: eventLoopGroup, tls: tls))
            return nil
        } catch {
            // What no waiting mends needs a person.
            let level: Logger.Level = error.classification == .transient ? .warning : .error
            let isKnown = last.map { "\($0)" } == "\(error)"
            logger.log(
                level: isKnown ? .debug : level,
                "Redis cannot be reached; trying again until it can.",
                metadata: ["redis.url": "\(configuration)", "error": "\(error)"]
            )
            return error
        }
    }

    /// Publishes the connection and returns when it has ended.
    private func serve(_ connection: RedisConnection) async {
        for waiter in slot.withLock({ $0.connect(connection) }) {
            waiter.resume(returning: .success(()))
        }
        logger.info("Connected to Redis.", metadata: ["redis.url": "\(configuration)"])
        // Runs on the event loop before any caller is told, so whoever sees a lost connection also sees `isConnected` false.
        let ended = connection.ended.always { _ in self.slot.withLock { $0.disconnect() } }
        await withTaskCancellationHandler {
            // The future only succeeds.
            try? await ended.get()
        } onCancel: {
            connection.shutDown()
        }
        logger.log(
            level: Task.isCancelled ? .debug : .info,
            "The connection to Redis has ended.",
            metadata: ["redis.url": "\(configuration)"]
        )
    }

    private func nextID() -> UInt64 {
        lastID.wrappingAdd(1, ordering: .relaxed).newValue
    }
}

extension NIOSSLContext {
    fileprivate convenience init(redis tls: RedisConfiguration.TLS) throws(RedisError) {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let caFile = tls.caFile { configuration.trustRoots = .file(caFile) }
        do {
            try self.init(configuration: configuration)
        } catch {
            throw RedisError(.invalidConfiguration, "the TLS files for Redis cannot be used", underlying: error)
        }
    }
}
