package import Logging

/// One connection to PostgreSQL: one PGconn on one thread of its own.
///
/// Its methods are synchronous and block that thread only. A unit of work of several statements goes into `run`.
package actor PostgresConnection {
    private nonisolated let thread: ConnectionThread

    /// The connection's thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        // The actor owns the executor, and the runtime asks only while it holds the actor.
        unsafe thread.asUnownedSerialExecutor()
    }

    private let configuration: PostgresConfiguration
    private let logger: Logger
    private var session: Session?

    /// Opens a connection within `connectTimeout`.
    package static func connect(
        _ configuration: PostgresConfiguration,
        logger: Logger
    ) async throws -> PostgresConnection {
        let connection = try PostgresConnection(configuration, thread: .start(), logger: logger)
        try await connection.open()
        return connection
    }

    private init(_ configuration: PostgresConfiguration, thread: ConnectionThread, logger: Logger) {
        self.configuration = configuration
        self.thread = thread
        self.logger = logger
    }

    deinit {
        thread.stop()
    }

    private func open() throws(PostgresError) {
        session = try Session(configuration)
        logger.debug("PostgreSQL connection opened", metadata: ["postgres.pid": "\(processID)"])
    }

    /// The server process behind this connection, as in `pg_stat_activity`; 0 when closed.
    package var processID: Int32 { session?.processID ?? 0 }

    /// The connection broke or was closed: nothing works any more.
    package var isLost: Bool { session?.isLost ?? true }

    /// Round trips to the server so far.
    package var flights: Int { session?.flights ?? 0 }

    /// Runs a whole unit of work on the connection's thread.
    ///
    /// When the task is cancelled, the running statement is cancelled on the server and the unit throws `.cancelled`;
    /// a COMMIT that already went through stands. A transaction left open is rolled back.
    package func run<R: Sendable>(_ body: @Sendable (isolated PostgresConnection) throws -> R) async throws -> R {
        guard let outcome = await attempt(body).result else {
            throw PostgresError(.connectionLost, "the connection broke while idle")
        }
        return try outcome.get()
    }

    /// Like `run`, but says apart what became of the connection. `result` is nil when the connection was found broken
    /// before the work began.
    func attempt<R: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws -> R
    ) async -> (result: Result<R, any Error>?, isAlive: Bool) {
        guard let session, session.isAlive() else { return (nil, false) }
        let cancellation = session.cancellation
        let unit = cancellation.begin()
        let result = await withTaskCancellationHandler {
            Result { try body(self) }
        } onCancel: {
            cancellation.request(unit: unit)
        }
        if !cancellation.end(timeout: configuration.connectTimeout) { session.close() }
        session.rollBack()
        return (result, !session.isLost)
    }

    /// Runs one statement in one round trip; outside a transaction it commits by itself.
    @discardableResult
    package func query(
        _ statement: Statement,
        _ bindings: [Binding] = [],
        durability: Durability = .flushed
    ) throws(PostgresError) -> Rows {
        try usableSession().send(Flight(steps: [(statement, bindings)], durability: durability))[0]
    }

    /// Returns once everything that has been committed, over whatever connection, is on disk.
    package func flush() throws(PostgresError) {
        try query(Self.flushStatement)
    }

    /// Leaves a mark in the log that nobody reads: a transaction that writes nothing does not wait for the disk.
    private static let flushStatement = Statement("postgres_flush", "SELECT pg_logical_emit_message(true, 'flush', '')")

    /// Runs all steps in one round trip and returns the rows of each; outside a transaction they commit together.
    ///
    /// The first failure wins, carries its step's index, and undoes the steps before it.
    @discardableResult
    package func pipeline(_ steps: [(Statement, [Binding])]) throws(PostgresError) -> [Rows] {
        steps.isEmpty ? [] : try usableSession().send(Flight(steps: steps))
    }

    /// Runs several statements by the simple protocol, for migrations; bounded by `responseTimeout` as a whole.
    ///
    /// They form one transaction, unless they control it themselves.
    package func execute(script sql: String) throws(PostgresError) {
        try usableSession().execute(script: sql)
    }

    /// Commits when the body returns, rolls back when it throws.
    ///
    /// When a COMMIT's answer is lost the error says so by `commitOutcomeUnknown`.
    ///
    /// - Parameter durability: `.deferred` returns before the log is on disk: a crash of the server may undo the transaction, and a later
    ///   flushed commit makes it durable.
    package func transaction<R>(
        durability: Durability = .flushed,
        _ body: (inout Transaction) throws -> R
    ) throws -> R {
        let session = try usableSession()
        guard session.isIdle else { throw PostgresError(.protocolViolation, "a transaction is already open") }
        var transaction = Transaction(session, durability)
        do {
            let result = try body(&transaction)
            try transaction.finish()
            return result
        } catch {
            transaction.abandon()
            throw error
        }
    }

    /// Hangs up; everything afterwards throws `.closed`.
    package func close() {
        session?.close()
        session = nil
    }

    private func usableSession() throws(PostgresError) -> Session {
        guard let session else { throw PostgresError(.closed, "the connection is closed") }
        return session
    }
}
