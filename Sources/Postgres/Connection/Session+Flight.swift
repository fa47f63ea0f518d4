import CLibPQ

extension Session {
    /// What is on its way to the server, and what it will answer: one entry for each in libpq's queue.
    struct Dispatch {
        struct Entry {
            let statement: String
            /// The types of a statement's parameters when the entry prepares it; nil when it runs it.
            let prepares: [PostgresType]?
            /// Which of the caller's steps it is, if any.
            let step: Int?
        }

        var entries: [Entry] = []

        /// The types of a statement that is prepared on the way.
        func types(of statement: String) -> [PostgresType]? {
            for entry in entries where entry.prepares != nil && entry.statement == statement { return entry.prepares }
            return nil
        }
    }

    /// One round trip. `commits` says whether its success leaves something committed.
    func fly(_ commands: [Flight.Command], commits: Bool) throws(PostgresError) -> [Rows] {
        var dispatch = Dispatch()
        try send(commands, as: &dispatch, commits: commits)
        return try land(dispatch, commits: commits)
    }

    /// Sends a step of a transaction and waits for nothing; the first one begins it.
    func stage(_ step: Flight.Step) throws(PostgresError) {
        try checkSending()
        if staged == nil, hasStaleStatements { try forgetStatements() }
        var dispatch = staged ?? Dispatch()
        let flight = Flight(begins: staged == nil, steps: [step])
        let number = dispatch.entries.reduce(0) { $1.prepares == nil && $1.step != nil ? $0 + 1 : $0 }
        try send(flight.commands(firstStep: number), as: &dispatch, commits: false)
        staged = dispatch
        // What the socket does not take now goes with the next step, or while the answers are waited for.
        guard handle.flush() else { throw lose(handle.failure(.connectionLost), commits: false) }
    }

    /// Ends the transaction whose steps were staged; returns the rows of each. The first failure wins, carries its step's index, and
    /// leaves no transaction open.
    func endStaged(_ ending: Flight.Ending) throws(PostgresError) -> [Rows] {
        guard var dispatch = staged else { return [] }
        staged = nil
        do throws(PostgresError) {
            try send(Flight(steps: [], ending: ending).commands(), as: &dispatch, commits: ending == .commit)
            return try land(dispatch, commits: ending == .commit)
        } catch {
            if error.code == .staleStatement { hasStaleStatements = true }
            rollBack()
            throw error
        }
    }

    /// Hands commands to libpq, and prepares on the way what is not prepared yet.
    private func send(_ commands: [Flight.Command], as dispatch: inout Dispatch, commits: Bool) throws(PostgresError) {
        let first = dispatch.entries.count
        for command in commands {
            let name = command.statement.name
            let types = command.bindings.map(\.type)
            if let known = prepared[name] ?? dispatch.types(of: name) {
                guard known == types else {
                    var error = PostgresError(.protocolViolation, "a statement is bound to other types than it was prepared with")
                    error.statement = name
                    throw error
                }
            } else {
                dispatch.entries.append(Dispatch.Entry(statement: name, prepares: types, step: command.step))
            }
            dispatch.entries.append(Dispatch.Entry(statement: name, prepares: nil, step: command.step))
        }
        var remaining = commands[...]
        for entry in dispatch.entries[first...] {
            guard let command = remaining.first else { break }
            let isSent: Bool
            if let types = entry.prepares {
                isSent = handle.sendPrepare(command.statement, types: types)
            } else {
                parameters.encode(command.bindings)
                isSent = handle.sendExecute(command.statement, parameters: parameters)
                remaining.removeFirst()
            }
            // A part may have left already, and the server runs a COMMIT as soon as it arrives.
            guard isSent else { throw lose(handle.failure(.connectionLost), commits: commits) }
        }
    }

    /// Asks for the answers and waits for them.
    private func land(_ dispatch: Dispatch, commits: Bool) throws(PostgresError) -> [Rows] {
        flights += 1
        guard handle.sendSync() else { throw lose(handle.failure(.connectionLost), commits: commits) }
        var failure: PostgresError?
        let rows: [Rows]
        do throws(PostgresError) {
            rows = try collect(dispatch.entries, &failure, until: .now + configuration.responseTimeout)
        } catch {
            throw lose(error, after: failure, commits: commits)
        }
        if let failure { throw mapped(failure) }
        return rows
    }

    /// Reads until the Sync is answered. A refusal by the server goes to `failure`; only a broken conversation throws.
    private func collect(
        _ entries: [Dispatch.Entry],
        _ failure: inout PostgresError?,
        until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> [Rows] {
        var rows: [Rows] = []
        var position = 0
        while true {
            guard let result = try handle.receive(until: deadline) else {
                position += 1
                guard position <= entries.count + 1 else {
                    throw PostgresError(.protocolViolation, "the server sent more results than statements")
                }
                continue
            }
            // Beyond the last entry stands the Sync, where an implicit transaction commits, and may fail.
            let entry = position < entries.count ? entries[position] : nil
            switch result.status {
            case PGRES_PIPELINE_SYNC: return rows
            case PGRES_PIPELINE_ABORTED: break
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
                guard let entry else { break }
                if let types = entry.prepares {
                    prepared[entry.statement] = types
                } else if entry.step != nil {
                    rows.append(Rows(result))
                }
            case PGRES_FATAL_ERROR:
                guard failure == nil else { break }
                failure = PostgresError(result)
                failure?.statement = entry?.statement
                failure?.stepIndex = entry?.step
            default: throw PostgresError(.protocolViolation, "the server answered a statement with COPY")
            }
        }
    }

    /// A statement that was stopped because its task was cancelled says so.
    func mapped(_ failure: PostgresError) -> PostgresError {
        guard failure.sqlState == "57014", cancellation.isRequested else { return failure }
        return failure.recoded(.cancelled)
    }

    /// Ends the session. The server's last words, if any, say more than libpq's.
    func lose(_ error: PostgresError, after failure: PostgresError? = nil, commits: Bool) -> PostgresError {
        close()
        var error = failure?.recoded(error.code) ?? error
        error.commitOutcomeUnknown = commits
        return error
    }
}
