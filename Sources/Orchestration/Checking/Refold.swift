import EventStore
package import Orders
package import Postgres
import ServiceRuntime

/// Folds orders anew because a courier's word has got another meaning. A merge without an event: what follows from the new state is
/// done, as if the word had had its meaning before.
package struct Refold: Sendable {
    private let pool: PostgresPool
    private let transaction: BatchTransaction

    package init(pool: PostgresPool, booking: BookingPolicy, effects: BookingEffects) {
        self.pool = pool
        transaction = BatchTransaction(
            statuses: CourierStatuses(),
            booking: booking,
            effects: effects,
            processing: .zero,
            failpoints: .off
        )
    }

    /// Each order in a transaction of its own; returns how many have changed, and which stay as they are because events of theirs were
    /// dropped. Safe to repeat. Nobody is rung for what follows: every runner looks by itself within a second.
    package func run(_ orders: [OrderID]) async throws -> (changed: Int, leftAlone: Set<OrderID>) {
        var (changed, leftAlone): (Int, Set<OrderID>) = (0, [])
        for order in orders {
            let result = try await pool.withConnection { try transaction.refold(order, on: $0) }
            if let result { changed += result.changedOrders } else { leftAlone.insert(order) }
        }
        return (changed, leftAlone)
    }
}
