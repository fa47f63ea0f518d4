import CLibPQ

extension Session {
    /// What one entry in libpq's queue is for.
    private struct Expectation {
        let command: Int
        let isPrepare: Bool
    }

    /// One round trip. `commits` says whether its success leaves something committed.
    func fly(_ commands: [Flight.Command], commits: Bool) throws(PostgresError) -> [Rows] {
        let expectations = try expectations(of: commands)
        let deadline = ContinuousClock.now + configuration.responseTimeout
        flights += 1
        guard dispatch(commands, expectations) else {
            // A part may have left already, and the server runs a COMMIT as soon as it arrives.
            throw lose(handle.failure(.connectionLost), commits: commits)
        }
        var failure: PostgresError?
        let rows: [Rows]
        do throws(PostgresError) {
            rows = try collect(commands, expectations, &failure, until: deadline)
        } catch {
            throw lose(error, after: failure, commits: commits)
        }
        if let failure { throw mapped(failure) }
        return rows
    }

    /// Decides what is prepared on the way, before the first byte is sent.
    private func expectations(of commands: [Flight.Command]) throws(PostgresError) -> [Expectation] {
        var expectations: [Expectation] = []
        expectations.reserveCapacity(commands.count)
        var known: [String: [PostgresType]] = [:]
        for (index, command) in commands.enumerated() {
            let name = command.statement.name
            if let types = prepared[name] ?? known[name] {
                guard types.elementsEqual(command.bindings.lazy.map(\.type)) else {
                    var error = PostgresError(.protocolViolation, "a statement is bound to other types than it was prepared with")
                    error.statement = name
                    throw error
                }
            } else {
                known[name] = command.bindings.map(\.type)
                expectations.append(Expectation(command: index, isPrepare: true))
            }
            expectations.append(Expectation(command: index, isPrepare: false))
        }
        return expectations
    }

    private func dispatch(_ commands: [Flight.Command], _ expectations: [Expectation]) -> Bool {
        for expectation in expectations {
            let command = commands[expectation.command]
            if expectation.isPrepare {
                guard handle.sendPrepare(command.statement, types: command.bindings.map(\.type)) else { return false }
            } else {
                parameters.encode(command.bindings)
                guard handle.sendExecute(command.statement, parameters: parameters) else { return false }
            }
        }
        return handle.sendSync()
    }

    /// Reads until the Sync is answered. A refusal by the server goes to `failure`; only a broken conversation throws.
    private func collect(
        _ commands: [Flight.Command],
        _ expectations: [Expectation],
        _ failure: inout PostgresError?,
        until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> [Rows] {
        var rows: [Rows] = []
        var position = 0
        while true {
            guard let result = try handle.receive(until: deadline) else {
                position += 1
                guard position <= expectations.count + 1 else {
                    throw PostgresError(.protocolViolation, "the server sent more results than statements")
                }
                continue
            }
            // Beyond the last entry stands the Sync, where an implicit transaction commits, and may fail.
            let expectation = position < expectations.count ? expectations[position] : nil
            let command = expectation.map { commands[$0.command] }
            switch result.status {
            case PGRES_PIPELINE_SYNC: return rows
            case PGRES_PIPELINE_ABORTED: break
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
                guard let command, let expectation else { break }
                if expectation.isPrepare {
                    prepared[command.statement.name] = command.bindings.map(\.type)
                } else if command.step != nil {
                    rows.append(Rows(result))
                }
            case PGRES_FATAL_ERROR:
                guard failure == nil else { break }
                failure = PostgresError(result)
                failure?.statement = command?.statement.name
                failure?.stepIndex = command?.step
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
