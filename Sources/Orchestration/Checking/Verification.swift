import EventStore
import FoundationEssentials
package import Orders
package import Postgres

/// Checks the invariants I1–I5 of a live system and names what breaks them.
package struct Verification: Sendable {
    /// One promise and whoever breaks it.
    package struct Finding: Sendable, Equatable {
        package var invariant: String
        package var promise: String
        /// Ids, at most `StoreInvariants.maxOffenders`; empty when the promise holds.
        package var offenders: [String]

        package var holds: Bool { offenders.isEmpty }
    }

    /// Orders folded in one transaction.
    private static let pageOrders: Int32 = 500

    private let pool: PostgresPool
    private let statuses: CourierStatusMap

    package init(pool: PostgresPool, statuses: CourierStatusMap) {
        self.pool = pool
        self.statuses = statuses
    }

    /// Runs every check; `progress` is told the number of orders folded so far.
    package func run(progress: @Sendable (Int) -> Void = { _ in }) async throws -> [Finding] {
        var findings: [Finding] = []
        for check in StoreInvariants.checks {
            let offenders = try await pool.withConnection { try StoreInvariants.offenders(check, on: $0) }
            findings.append(Finding(invariant: check.invariant, promise: check.promise, offenders: offenders))
        }
        findings.append(
            Finding(
                invariant: "I2",
                promise: "the state of every order equals the pure fold over its events",
                offenders: try await divergentOrders(progress)
            )
        )
        return findings
    }

    private func divergentOrders(_ progress: @Sendable (Int) -> Void) async throws -> [String] {
        var offenders: [String] = []
        var cursor: OrderID?
        var count = 0
        while offenders.count < Int(StoreInvariants.maxOffenders) {
            let (after, statuses) = (cursor, statuses)
            let page = try await pool.transaction { transaction in
                try OrderPage.read(after: after, limit: Self.pageOrders, locking: false, in: &transaction)
            }
            guard let last = page.orders.last else { break }
            for stored in page.orders {
                let state = try OrderFold.state(of: stored.order, history: page.history, statuses: statuses)
                let encoded = state.version == 0 ? [] : state.encoded()
                let hash = state.version == 0 ? [] : Digest(of: encoded).bytes
                if stored.order.state != encoded || stored.hash != hash || stored.version != state.version {
                    offenders.append(stored.order.id.description)
                }
            }
            cursor = last.order.id
            count += page.orders.count
            progress(count)
        }
        return offenders
    }
}
