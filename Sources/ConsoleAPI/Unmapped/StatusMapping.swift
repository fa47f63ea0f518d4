import EventStore
import FoundationEssentials
package import Orders
package import Postgres

/// Teaches what a courier's word means, and has everything follow from it: the one way to do it, whoever asks.
package struct StatusMapping: Sendable {
    /// What came of it.
    package struct Report: Sendable, Equatable {
        /// Events that had been set aside and are merged now.
        package var events = 0
        /// Orders that were folded anew, and those of them that have changed.
        package var (orders, changed) = (0, 0)
    }

    private let pool: PostgresPool
    private let refold: @Sendable ([OrderID]) async throws -> Int

    /// - Parameter refold: folds orders anew; returns how many have changed.
    package init(pool: PostgresPool, refold: @escaping @Sendable ([OrderID]) async throws -> Int) {
        self.pool = pool
        self.refold = refold
    }

    /// The mapping is in force first, so that what is merged from then on goes by it; then every order that had the word is folded anew,
    /// whatever the word meant before. Should that be cut short, the same call goes on with the rest.
    ///
    /// - Parameter note: writes down who did it, beside the mapping.
    package func teach(
        _ mapping: CourierStatusMap.Mapping,
        by name: String,
        note: @Sendable (isolated PostgresConnection) throws -> Void = { _ in }
    ) async throws -> Report {
        try await pool.withConnection { connection in
            try CourierStatusTable.put(mapping, by: name, on: connection)
            try note(connection)
        }
        var report = Report()
        var cursor: OrderID?
        repeat {
            let after = cursor
            let page = try await pool.withConnection { try ScannedOrders(saying: mapping.status, after: after, on: $0) }
            report.changed += try await refold(page.orders)
            report.orders += page.orders.count
            cursor = page.last
        } while cursor != nil
        report.events = try await settle(mapping, by: name)
        return report
    }

    /// Says of the events that were set aside because of the word, and have no unknown word any more, that they are merged.
    private func settle(_ mapping: CourierStatusMap.Mapping, by name: String) async throws -> Int {
        var settled = 0
        while true {
            let done = try await pool.withConnection { connection in
                let statuses = CourierStatusMap.standard.adding(try CourierStatusTable.all(on: connection))
                let done = try UnmappedInbox.events(with: mapping, on: connection)
                    .filter { UnmappedInbox.keys(of: $0, statuses: statuses).isEmpty }
                _ = try connection.query(
                    UnmappedInbox.markMapped,
                    [
                        .uuids(done.map(\.subjectID)), .uuids(done.map(\.id)),
                        .text("\(name) mapped it to \(mapping.normalised.rawValue) and the order was folded anew"),
                    ]
                )
                return done.count
            }
            settled += done
            // The inbox shows the newest ones only.
            if done == 0 { return settled }
        }
    }
}
