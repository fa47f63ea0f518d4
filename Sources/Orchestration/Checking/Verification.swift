import EventStore
import FoundationEssentials
import Orders
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
        /// What could not be looked at, in words; nil when everything was.
        package var unchecked: String?

        package var holds: Bool { offenders.isEmpty }
    }

    /// Orders folded in one transaction.
    private static let pageOrders: Int32 = 500

    private let pool: PostgresPool
    private let limits: [Queue: RateLimit]

    /// - Parameter limits: those that the orchestrators keep to; other queues are not checked.
    package init(pool: PostgresPool, limits: [Queue: RateLimit] = [:]) {
        self.pool = pool
        self.limits = limits
    }

    /// Runs every check; `progress` is told the number of orders folded so far.
    package func run(progress: @Sendable (Int) -> Void = { _ in }) async throws -> [Finding] {
        var findings: [Finding] = []
        for check in StoreInvariants.checks {
            let (offenders, unchecked) = try await pool.withConnection { connection in
                (try StoreInvariants.offenders(check, on: connection), try StoreInvariants.unchecked(check, on: connection))
            }
            findings.append(
                Finding(invariant: check.invariant, promise: check.promise, offenders: offenders, unchecked: unchecked)
            )
        }
        findings.append(try await folds(progress))
        return try await findings + queueFindings()
    }

    private func queueFindings() async throws -> [Finding] {
        let limits = limits
        return try await pool.withConnection { connection in
            var tooFast: [String] = []
            for (queue, limit) in limits {
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

    private func folds(_ progress: @Sendable (Int) -> Void) async throws -> Finding {
        var finding = Finding(
            invariant: "I2",
            promise: "the state of every order equals the pure fold over its events",
            offenders: []
        )
        var (count, incomplete) = (0, 0)
        var cursor: OrderID?
        while finding.offenders.count < Int(StoreInvariants.maxOffenders) {
            let after = cursor
            let page = try await pool.transaction { try check(after: after, in: &$0) }
            guard let last = page.last else { break }
            finding.offenders += page.offenders
            incomplete += page.incomplete
            cursor = last
            count += page.count
            progress(count)
        }
        if incomplete > 0 { finding.unchecked = "\(incomplete) order(s): events of theirs were dropped with their months" }
        return finding
    }

    private struct Page: Sendable {
        var count: Int
        var last: OrderID?
        var offenders: [String] = []
        var incomplete = 0
    }

    private func check(after cursor: OrderID?, in transaction: inout Postgres.Transaction) throws -> Page {
        let orders = try OrderPage.read(after: cursor, limit: Self.pageOrders, locking: false, in: &transaction)
        let folds = try orders.folds(in: &transaction)
        var page = Page(count: orders.orders.count, last: orders.orders.last?.order.id)
        for stored in orders.orders {
            guard let state = folds[stored.order.id]?.state else {
                page.incomplete += 1
                if !Self.isReadable(stored.order.state) { page.offenders.append(stored.order.id.description) }
                continue
            }
            let isEmpty = state.version == 0 && stored.order.state.isEmpty
            let encoded = isEmpty ? [] : state.encoded()
            let hash = isEmpty ? [] : Digest(of: encoded).bytes
            if stored.order.state != encoded || stored.hash != hash || stored.version != state.version {
                page.offenders.append(stored.order.id.description)
            }
        }
        return page
    }

    private static func isReadable(_ state: [UInt8]) -> Bool {
        state.isEmpty || (try? OrderState(decoding: state)) != nil
    }
}
