/// What a pool's connections are doing right now.
package struct PoolAvailability: Hashable, Sendable {
    /// Connections the pool keeps open, when it can.
    package let size: Int
    /// Connections that are open, leased ones included.
    package var open: Int
    /// Connections that a unit of work runs on.
    package var leased: Int
    /// Units of work that wait for a connection.
    package var waiters: Int
}
