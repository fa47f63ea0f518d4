package import Logging
import ServiceLifecycle
import Synchronization

/// A fixed number of connections, lent out one unit of work at a time, first come first served.
///
/// Waits are bounded in number and in time, from the moment `run` runs. A broken connection is replaced in the background.
package final class PostgresPool: Service, Sendable {
    typealias Waiter = CheckedContinuation<PoolLease<PostgresConnection>, any Error>
    typealias Machine = PoolStateMachine<PostgresConnection, Waiter>

    struct State: Sendable {
        var machine: Machine
        var lastWaiterID = 0
        /// Why the last attempt to open a connection failed; nil after a success.
        var openFailure: String?
    }

    struct Opening: Sendable {
        let slot: Int
        let delay: Duration
    }

    let configuration: PostgresConfiguration
    let waitTimeout: Duration
    let logger: Logger
    let state: Mutex<State>
    // Bounded by construction: a slot has at most one opening under way.
    let openings: AsyncStream<Opening>
    let openingsContinuation: AsyncStream<Opening>.Continuation

    /// - Parameters:
    ///   - maxWaiters: how many may wait for a connection at once; one more is refused.
    ///   - waitTimeout: how long one waits before it is refused.
    package init(
        configuration: PostgresConfiguration,
        size: Int,
        maxWaiters: Int,
        waitTimeout: Duration,
        backoff: ReconnectBackoff = ReconnectBackoff(),
        logger: Logger
    ) {
        self.configuration = configuration
        self.waitTimeout = waitTimeout
        self.logger = logger
        let machine = Machine(size: size, maxWaiters: maxWaiters, waitTimeout: waitTimeout, backoff: backoff)
        state = Mutex(State(machine: machine))
        (openings, openingsContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(size))
    }

    /// Opens the connections and keeps them open, until graceful shutdown; then waits for the leases to end.
    package func run() async throws {
        perform(state.withLock { $0.machine.start() })
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.expireWaiters() }
                for await opening in openings {
                    group.addTask { await self.open(opening) }
                }
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.shutDown()
        }
        // After cancellation, nobody has said so yet.
        shutDown()
    }

    /// Lends a connection to one unit of work, which runs on the connection's thread.
    ///
    /// Throws `.poolTimeout` when none comes free in time, `.closed` after shutdown, `.cancelled`, or what the body throws.
    package func withConnection<R: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws -> R
    ) async throws -> R {
        // Every open connection may turn out broken, when the server was restarted; the one after them is new.
        for _ in 0...availability.size {
            let lease = try await acquire()
            let (result, isAlive) = await lease.connection.attempt(body)
            perform(state.withLock { $0.machine.release(lease, isAlive: isAlive) })
            // A connection that was found broken has done nothing yet: the next one may.
            if let result { return try result.get() }
        }
        throw PostgresError(.connectionLost, "every connection broke while idle")
    }

    /// Runs one transaction on a lent connection: commits when the body returns, rolls back when it throws.
    package func transaction<R: Sendable>(_ body: @Sendable (inout Transaction) throws -> R) async throws -> R {
        try await withConnection { connection in
            try connection.transaction(body)
        }
    }

    /// What the connections are doing right now.
    package var availability: PoolAvailability {
        state.withLock { $0.machine.availability }
    }

    /// True while at least one connection is open and the pool is not shutting down.
    package var isReady: Bool {
        state.withLock { !$0.machine.isShutDown && $0.machine.availability.open > 0 }
    }

    /// Throws at once, with the reason, while no connection is open and the last attempt to open one failed: whoever asks for a
    /// connection then waits for one.
    package func checkReachable() throws(PostgresError) {
        let failure = state.withLock { $0.machine.availability.open == 0 ? $0.openFailure : nil }
        if let failure {
            throw PostgresError(.connectionLost, "no connection is open; the last attempt to open one failed: \(failure)")
        }
    }
}
