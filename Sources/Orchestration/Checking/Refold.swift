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

    /// Each order in a transaction of its own; returns how many have changed. Safe to repeat.
    package func run(_ orders: [OrderID]) async throws -> Int {
        var changed = 0
        for order in orders {
            changed += try await pool.withConnection { try transaction.refold(order, on: $0).changedOrders }
        }
        return changed
    }
}
