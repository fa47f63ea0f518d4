import EventStore
import FoundationEssentials
package import Orders
package import Postgres
package import Queues

/// Checks the invariants I1–I8 of a live system and names what breaks them.
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
    private let queues: [Queue: QueueConfiguration]

    /// - Parameter queues: the limits that the orchestrators keep to; those of others are not checked.
    package init(pool: PostgresPool, statuses: CourierStatusMap, queues: [Queue: QueueConfiguration] = [:]) {
        self.pool = pool
        self.statuses = statuses
        self.queues = queues
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
        return try await findings + queueFindings()
    }

    private func queueFindings() async throws -> [Finding] {
        let queues = queues
        return try await pool.withConnection { connection in
            var tooFast: [String] = []
            for (queue, configuration) in queues {
                guard let limit = configuration.rate else { continue }
                let offenders = try QueueInvariants.tooFast(queue, limit: limit, on: connection)
                tooFast += offenders.map { "\(queue.rawValue): \($0)" }
            }
            return [
                Finding(
                    invariant: "I6",
                    promise: "in every window of the last day, no queue made more calls than its limit allows",
                    offenders: tooFast
                ),
                Finding(
                    invariant: "I7",
                    promise: "nothing was started in a queue that is paused",
                    offenders: try QueueInvariants.startedWhilePaused(on: connection)
                ),
                Finding(
                    invariant: "I8",
                    promise: "no job is left running after its lease",
                    offenders: try QueueInvariants.overdue(on: connection)
                ),
            ]
        }
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
