/// What went wrong between us and PostgreSQL. Never carries a secret.
package struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    package enum Code: String, Sendable {
        /// No connection could be opened.
        case connectionFailed
        /// The connection broke.
        case connectionLost
        /// The server did not answer a flight within `responseTimeout`, and the connection was given up.
        case unanswered
        /// The server refused a statement; `sqlState` says why.
        case server
        /// A prepared statement went stale by a schema change; the same call succeeds when tried again.
        case staleStatement
        /// No connection came free within the pool's wait, or its queue is full.
        case poolTimeout
        /// The task was cancelled.
        case cancelled
        /// A column does not decode to the requested type.
        case decoding
        /// The statement was used against its contract, or the server broke the protocol.
        case protocolViolation
        /// The connection, pool or transaction has ended.
        case closed
        /// The configuration is not usable.
        case configuration
    }

    /// What kind of failure it is.
    package let code: Code
    /// The server's primary message, libpq's, or our own.
    package let message: String
    /// Five characters, source: PostgreSQL manual, appendix A; nil when the server did not report.
    package var sqlState: String?
    /// The server's detail; may quote values of the row that was refused, so it is not part of `description`.
    package var detail: String?
    /// Name of the violated constraint.
    package var constraint: String?
    /// Name of the table the constraint belongs to.
    package var table: String?
    /// Name of the statement that failed.
    package var statement: String?
    /// Index of the failed step in its pipeline; nil when the failure belongs to no single step.
    package var stepIndex: Int?
    /// True when the connection broke while a COMMIT, or a flight that commits by itself, was under way:
    /// ask the database what happened before trying again.
    package var commitOutcomeUnknown = false

    /// An error of our own; the server's facts are set afterwards.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// One line for a log.
    package var description: String {
        var parts = ["\(code.rawValue): \(message)"]
        if let sqlState { parts.append("sqlstate \(sqlState)") }
        if let constraint { parts.append("constraint \(constraint)") }
        if let statement { parts.append("statement \(statement)") }
        if let stepIndex { parts.append("step \(stepIndex)") }
        if commitOutcomeUnknown { parts.append("commit outcome unknown") }
        return parts.joined(separator: ", ")
    }
}

extension PostgresError {
    /// The same report under another code.
    func recoded(_ code: Code) -> PostgresError {
        var error = PostgresError(code, message)
        error.sqlState = sqlState
        error.detail = detail
        error.constraint = constraint
        error.table = table
        error.statement = statement
        error.stepIndex = stepIndex
        error.commitOutcomeUnknown = commitOutcomeUnknown
        return error
    }
}
