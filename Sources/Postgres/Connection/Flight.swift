/// What travels to the server together: one round trip, one Sync.
struct Flight {
    /// How the flight leaves the transaction it runs in.
    enum Ending { case open, commit, rollback }

    typealias Step = (Statement, [Binding])

    /// Before the first step of a transaction, in the same flight.
    static let beginStatement = Statement("postgres_begin", "BEGIN")
    /// Behind the last step of a transaction, in the same flight.
    static let commitStatement = Statement("postgres_commit", "COMMIT")
    /// Behind a transaction that is not kept.
    static let rollbackStatement = Statement("postgres_rollback", "ROLLBACK")
    /// Of the running transaction only.
    static let deferStatement = Statement("postgres_defer", "SELECT set_config('synchronous_commit', 'off', true)")

    var begins = false
    var steps: [Step]
    var ending = Ending.open
    var durability = Durability.flushed

    /// A statement with its values, and which of the caller's steps it is, if any.
    struct Command {
        let statement: Statement
        let bindings: [Binding]
        let step: Int?
    }

    var commands: [Command] {
        var commands: [Command] = []
        commands.reserveCapacity(steps.count + 3)
        if begins { commands.append(Command(statement: Self.beginStatement, bindings: [], step: nil)) }
        if durability == .deferred { commands.append(Command(statement: Self.deferStatement, bindings: [], step: nil)) }
        for (index, step) in steps.enumerated() {
            commands.append(Command(statement: step.0, bindings: step.1, step: index))
        }
        switch ending {
        case .open: break
        case .commit: commands.append(Command(statement: Self.commitStatement, bindings: [], step: nil))
        case .rollback: commands.append(Command(statement: Self.rollbackStatement, bindings: [], step: nil))
        }
        return commands
    }
}
