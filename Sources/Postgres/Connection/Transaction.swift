/// One transaction: BEGIN travels with its first statements, and COMMIT can travel with its last.
///
/// Lives only inside the `transaction` call that made it. A transaction that sends nothing costs nothing.
package struct Transaction: ~Copyable {
    private enum State { case unopened, open, ended }

    private let session: Session
    private let durability: Durability
    private var state = State.unopened

    init(_ session: Session, _ durability: Durability) {
        self.session = session
        self.durability = durability
    }

    /// Runs one statement in one round trip.
    @discardableResult
    package mutating func query(_ statement: Statement, _ bindings: [Binding] = []) throws(PostgresError) -> Rows {
        try send([(statement, bindings)], ending: .open)[0]
    }

    /// One round trip for all steps; returns the rows of each. The first failure wins and carries its step's index.
    @discardableResult
    package mutating func pipeline(_ steps: [(Statement, [Binding])]) throws(PostgresError) -> [Rows] {
        steps.isEmpty ? [] : try send(steps, ending: .open)
    }

    /// Sends the last statements and COMMIT in one flight; nothing can be sent afterwards.
    ///
    /// When it throws, the transaction did not commit, unless `commitOutcomeUnknown` says otherwise.
    @discardableResult
    package mutating func commit(with steps: [(Statement, [Binding])] = []) throws(PostgresError) -> [Rows] {
        if state == .unopened, steps.isEmpty {
            state = .ended
            return []
        }
        return try send(steps, ending: .commit)
    }

    private mutating func send(_ steps: [(Statement, [Binding])], ending: Flight.Ending) throws(PostgresError) -> [Rows] {
        guard state != .ended else { throw PostgresError(.closed, "the transaction has ended") }
        guard !session.hasFailedTransaction else {
            throw PostgresError(.closed, "the transaction failed at an earlier statement")
        }
        var flight = Flight(begins: state == .unopened, steps: steps, ending: ending)
        if ending == .commit { flight.durability = durability }
        state = ending == .open ? .open : .ended
        return try session.send(flight)
    }

    /// The body returned: commits, unless it did so itself.
    mutating func finish() throws(PostgresError) {
        if state != .ended { try commit() }
    }

    /// The body threw: leaves no transaction behind. If even that fails, the connection is given up.
    mutating func abandon() {
        state = .ended
        session.rollBack()
    }
}
