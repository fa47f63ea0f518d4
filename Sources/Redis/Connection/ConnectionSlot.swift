/// The place of the one current connection, and those who wait for it.
struct ConnectionSlot<Connection, Waiter> {
    private enum State {
        case disconnected
        case connected(Connection)
        case closed
    }

    enum WaitAction {
        case wait
        case resume(Result<Void, RedisError>)
    }

    private let maxWaiters: Int
    private var state = State.disconnected
    private var waiters: [UInt64: Waiter] = [:]

    init(maxWaiters: Int) {
        self.maxWaiters = maxWaiters
    }

    /// The connection, or `.notConnected` or `.closed` at once.
    var connection: Result<Connection, RedisError> {
        switch state {
        case .connected(let connection): .success(connection)
        case .disconnected: .failure(RedisError(.notConnected, "there is no connection to Redis"))
        case .closed: .failure(RedisError(.closed, "the client has stopped"))
        }
    }

    mutating func wait(id: UInt64, _ waiter: Waiter) -> WaitAction {
        switch state {
        case .connected: return .resume(.success(()))
        case .closed: return .resume(connection.map { _ in })
        case .disconnected where waiters.count >= maxWaiters:
            return .resume(.failure(RedisError(.overloaded, "more than \(maxWaiters) tasks would wait for a connection")))
        case .disconnected:
            waiters[id] = waiter
            return .wait
        }
    }

    mutating func cancelWait(id: UInt64) -> Waiter? {
        waiters.removeValue(forKey: id)
    }

    /// Returns those to resume.
    mutating func connect(_ connection: Connection) -> [Waiter] {
        state = .connected(connection)
        return takeWaiters()
    }

    mutating func disconnect() {
        if case .connected = state { state = .disconnected }
    }

    /// Returns those to resume with `.closed`.
    mutating func close() -> [Waiter] {
        state = .closed
        return takeWaiters()
    }

    private mutating func takeWaiters() -> [Waiter] {
        defer { waiters = [:] }
        return Array(waiters.values)
    }
}
