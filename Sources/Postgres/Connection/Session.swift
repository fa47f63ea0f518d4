import CLibPQ

/// One conversation with the server: flights, prepared statements, and the end when the connection breaks.
///
/// Not Sendable: it lives on its connection's thread.
final class Session {
    /// Round trips so far.
    var flights = 0
    /// The connection broke or was closed; nothing works any more.
    private(set) var isLost = false

    let cancellation: Cancellation
    let configuration: PostgresConfiguration
    var handle: ConnectionHandle
    var parameters = ParameterBuffer()
    /// Parameter types by statement name. Bounded by the program's number of statements.
    var prepared: [String: [PostgresType]] = [:]
    /// A statement went stale inside a transaction, where nothing can be prepared again.
    private var hasStaleStatements = false

    init(_ configuration: PostgresConfiguration) throws(PostgresError) {
        self.configuration = configuration
        handle = try ConnectionHandle(configuration)
        cancellation = try Cancellation(handle.makeCancelHandle())
    }

    var processID: Int32 { handle.processID }

    /// No transaction is open and none has failed.
    var isIdle: Bool { handle.transactionStatus == PQTRANS_IDLE }

    /// A statement failed, and the server refuses everything but ROLLBACK.
    var hasFailedTransaction: Bool { handle.transactionStatus == PQTRANS_INERROR }

    func close() {
        isLost = true
        handle.finish()
    }

    /// Whether the server still holds up its end; costs one system call, and a round trip if the server said something.
    func isAlive() -> Bool {
        guard !isLost else { return false }
        guard handle.hasUnreadInput else { return true }
        do {
            _ = try fly([], commits: false)
            return true
        } catch {
            // `fly` has declared the connection lost; the caller takes another.
            return false
        }
    }

    /// Sends a flight and returns the rows of each of its steps.
    ///
    /// The first failure wins and carries its step's index. A statement that went stale is prepared again once, unless a
    /// transaction is open.
    func send(_ flight: Flight) throws(PostgresError) -> [Rows] {
        guard !isLost else { throw PostgresError(.closed, "the connection is closed") }
        guard flight.ending == .rollback || !cancellation.isRequested else {
            throw PostgresError(.cancelled, "the task was cancelled")
        }
        let startsIdle = isIdle
        if startsIdle, hasStaleStatements { try forgetStatements() }
        let commands = flight.commands
        let commits = flight.ending == .commit || startsIdle && !flight.begins
        do throws(PostgresError) {
            return try fly(commands, commits: commits)
        } catch {
            guard error.code == .staleStatement else { throw error }
            hasStaleStatements = true
            guard isIdle, flight.ending == .open else { throw error }
            try forgetStatements()
            return try fly(commands, commits: commits)
        }
    }

    /// Runs several statements by the simple protocol: in one transaction, unless they control it themselves.
    func execute(script sql: String) throws(PostgresError) {
        guard !isLost else { throw PostgresError(.closed, "the connection is closed") }
        guard !cancellation.isRequested else { throw PostgresError(.cancelled, "the task was cancelled") }
        let deadline = ContinuousClock.now + configuration.responseTimeout
        flights += 1
        guard handle.sendScript(sql) else { throw lose(handle.failure(.connectionLost), commits: true) }
        var failure: PostgresError?
        do throws(PostgresError) {
            while let result = try handle.receive(until: deadline) {
                switch result.status {
                case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
                case PGRES_FATAL_ERROR: failure = failure ?? PostgresError(result)
                default: throw PostgresError(.protocolViolation, "a script cannot contain COPY")
                }
            }
        } catch {
            throw lose(error, after: failure, commits: true)
        }
        guard handle.endScript() else { throw lose(handle.failure(.connectionLost), after: failure, commits: true) }
        if let failure { throw mapped(failure) }
    }

    /// Leaves no transaction open; when the server does not confirm that, the connection is closed.
    func rollBack() {
        guard !isLost, !isIdle else { return }
        do {
            _ = try send(Flight(steps: [], ending: .rollback))
        } catch {
            close()
        }
    }

    private func forgetStatements() throws(PostgresError) {
        // The server first: what it still has cannot be prepared again.
        try execute(script: "DEALLOCATE ALL")
        prepared.removeAll()
        hasStaleStatements = false
    }
}
