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
        /// What could not be looked at, in words; nil when everything was.
        package var unchecked: String?

        package var holds: Bool { offenders.isEmpty }
    }

    /// Orders folded in one transaction.
    private static let pageOrders: Int32 = 500

    private let pool: PostgresPool
    private let booking: BookingPolicy
    private let limits: [Queue: RateLimit]

    /// - Parameters:
    ///   - booking: what the orchestrators keep to.
    ///   - limits: those that the orchestrators keep to; other queues are not checked.
    package init(pool: PostgresPool, booking: BookingPolicy = BookingPolicy(), limits: [Queue: RateLimit] = [:]) {
        self.pool = pool
        self.booking = booking
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
        findings += try await folds(progress)
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

    private func folds(_ progress: @Sendable (Int) -> Void) async throws -> [Finding] {
        var states = Finding(
            invariant: "I2",
            promise: "the state of every order equals the pure fold over its events",
            offenders: []
        )
        var columns = Finding(
            invariant: "I2",
            promise: "every order, and every parcel of it, is shown as its state says",
            offenders: []
        )
        var (count, incomplete) = (0, 0)
        var cursor: OrderID?
        while max(states.offenders.count, columns.offenders.count) < Int(StoreInvariants.maxOffenders) {
            let after = cursor
            let page = try await pool.transaction { try check(after: after, in: &$0) }
            guard let last = page.last else { break }
            states.offenders += page.misfolded
            columns.offenders += page.misshown
            incomplete += page.incomplete
            cursor = last
            count += page.count
            progress(count)
        }
        if incomplete > 0 { states.unchecked = "\(counted(incomplete, "order")) with events that were dropped with their months" }
        return [states, columns]
    }

    private struct Page: Sendable {
        var count: Int
        var last: OrderID?
        /// Those whose registers are not the fold, and those whose columns or parcels do not follow from it.
        var misfolded: [String] = []
        var misshown: [String] = []
        var incomplete = 0
    }

    private func check(after cursor: OrderID?, in transaction: inout Postgres.Transaction) throws -> Page {
        var orders = try OrderPage.read(after: cursor, limit: Self.pageOrders, locking: false, in: &transaction)
        let folds = try orders.folds(in: &transaction)
        var page = Page(count: orders.orders.count, last: orders.orders.last?.order.id)
        var rows: [OrderRow] = []
        var shipments: [ShipmentRow] = []
        for stored in orders.orders {
            let id = stored.order.id
            guard let state = folds[id]?.state else {
                page.incomplete += 1
                if !Self.isReadable(stored.order.state) { page.misfolded.append("\(id)") }
                continue
            }
            let row = OrderRow(stored, state, policy: booking, bookings: orders.bookings[id] ?? [])
            if stored.order.state != row?.state ?? [] || stored.hash != row?.hash.bytes ?? [] || stored.version != state.version {
                page.misfolded.append("\(id)")
            } else if let row {
                rows.append(row)
                shipments += ShipmentRow.rows(of: state, projection: row.projection, order: id)
            }
        }
        page.misshown = try OrderRow.differing(rows, shipments, in: &transaction).sorted().map(\.description)
        return page
    }

    /// Something was merged into it.
    private static func isReadable(_ state: [UInt8]) -> Bool {
        (try? OrderState(decoding: state)) != nil
    }
}
