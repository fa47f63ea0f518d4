/// A connection lent out, and the slot of the pool it goes back to.
struct PoolLease<Connection: Sendable>: Sendable {
    let slot: Int
    let connection: Connection
}

/// Why a waiter gets no connection.
enum PoolRefusal: Hashable, Sendable {
    case queueFull
    case timedOut
    case cancelled
    case shutDown
}

extension PoolLease: Equatable where Connection: Equatable {}
