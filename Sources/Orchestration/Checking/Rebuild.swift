import EventStore
package import Orders
package import Postgres

/// Makes the projections anew from the event store. It sends nothing to anybody.
package struct Rebuild: Sendable {
    /// An order whose projection was, or would be, changed.
    package struct Difference: Sendable, Equatable {
        package var order: OrderID
        /// Visible columns as JSON text, before and after.
        package var before: String
        package var after: String
    }

    /// What a rebuild came to.
    package struct Report: Sendable, Equatable {
        package var orders = 0
        /// Orders left as they are, because events of theirs were dropped with their months.
        package var incomplete = 0
        /// Orders that are held now, because an event of theirs cannot be read.
        package var held = 0
        package var differences: [Difference] = []
        /// Differences beyond `maxDifferences` are counted only.
        package var differing = 0
    }

    /// Most differences kept for the report.
    package static let maxDifferences = 100
    private static let pageOrders: Int32 = 200

    private let pool: PostgresPool
    private let booking: BookingPolicy

    package init(pool: PostgresPool, booking: BookingPolicy) {
        self.pool = pool
        self.booking = booking
    }

    /// Folds every order, a page a transaction; with `dryRun` the pages are rolled back after the comparison.
    package func run(dryRun: Bool, progress: @Sendable (Int) -> Void = { _ in }) async throws -> Report {
        var report = Report()
        var cursor: OrderID?
        while true {
            let after = cursor
            let page = try await pool.withConnection { try rebuildPage(after: after, dryRun: dryRun, on: $0) }
            guard let last = page.last else { return report }
            cursor = last
            report.orders += page.count
            report.incomplete += page.incomplete
            report.held += page.held
            report.differing += page.differences.count
            report.differences += page.differences.prefix(Self.maxDifferences - report.differences.count)
            progress(report.orders)
        }
    }

    private struct Page: Sendable {
        var count: Int
        var incomplete: Int
        var held: Int
        var last: OrderID?
        var differences: [Difference]
    }

    private struct DryRunEnd: Error {
        var page: Page
    }

    private func rebuildPage(
        after: OrderID?,
        dryRun: Bool,
        on connection: isolated PostgresConnection
    ) throws -> Page {
        do {
            return try connection.transaction { transaction in
                var before = try OrderPage.read(after: after, limit: Self.pageOrders, locking: true, in: &transaction)
                let folds = try before.folds(in: &transaction)
                var writes = BatchWrites()
                // No merge would do it after us: it goes by the registers that we write.
                writes.forgotten = try before.scrubRedacted(in: &transaction)
                for stored in before.orders { rebuild(stored, folds[stored.order.id], before, into: &writes) }
                try writes.project(&transaction)
                let now = try OrderPage.read(after: after, limit: Self.pageOrders, locking: true, in: &transaction)
                let differences = zip(before.orders, now.orders).compactMap(Self.difference)
                let page = Page(
                    count: before.orders.count,
                    incomplete: before.orders.count - folds.count,
                    held: writes.held.count,
                    last: before.orders.last?.order.id,
                    differences: differences
                )
                if dryRun { throw DryRunEnd(page: page) }
                let changed = Set(differences.map(\.order))
                try ChangeFeed.commit(
                    announcing: now.orders.filter { changed.contains($0.order.id) }.map { ($0.order.id, $0.version) },
                    in: &transaction
                )
                return page
            }
        } catch let end as DryRunEnd {
            return end.page
        }
    }

    private func rebuild(_ stored: OrderPage.Stored, _ fold: OrderFold?, _ page: OrderPage, into writes: inout BatchWrites) {
        guard let fold else { return }
        let state = fold.state
        if !fold.illegible.isEmpty { writes.held.append(stored.order.id) }
        for event in fold.illegible {
            writes.audits.append(
                AuditRow(event, order: stored.order.id, status: .failed, reason: "could not be read when its order was folded")
            )
        }
        guard let row = OrderRow(stored, state, policy: booking, bookings: page.bookings[stored.order.id] ?? []) else { return }
        writes.orders.append(row)
        writes.shipments += ShipmentRow.rows(of: state, projection: row.projection, order: row.id)
        // They came while no row said whose parcel it is.
        for parcel in state.claims.waybills.compactMap({ page.history.entries[$0.id.uuid] }) {
            for entry in parcel where entry.status == .parked && !fold.illegible.contains(where: { $0.id == entry.event.id }) {
                let reason = "waited for its order, then: folded into the order"
                writes.audits.append(
                    AuditRow(entry.event, order: row.id, status: .processed, reason: reason, version: row.version)
                )
            }
        }
    }

    private static func difference(_ before: OrderPage.Stored, _ after: OrderPage.Stored) -> Difference? {
        guard before.columns != after.columns || before.order.state != after.order.state else { return nil }
        return Difference(order: before.order.id, before: before.columns, after: after.columns)
    }
}

extension OrderRow {
    /// What a fold says of an order; nil when nothing was ever merged into it.
    init?(_ stored: OrderPage.Stored, _ state: OrderState, policy: BookingPolicy, bookings: [Booking]) {
        guard state.version > 0 || !stored.order.state.isEmpty else { return nil }
        let encoded = state.encoded()
        self.init(
            id: stored.order.id,
            version: state.version,
            state: encoded,
            hash: Digest(of: encoded),
            projection: OrderProjection(state, policy: policy, bookings: bookings)
        )
    }
}
