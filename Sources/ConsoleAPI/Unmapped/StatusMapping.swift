import EventStore
import FoundationEssentials
package import Orders
package import Postgres

/// Teaches what a courier's word means, and has everything follow from it: the one way to do it, whoever asks.
package struct StatusMapping: Sendable {
    /// What came of it, or would.
    package struct Report: Sendable, Equatable {
        /// Events that had been set aside and are merged now.
        package var events = 0
        /// Orders that were folded anew, and those of them that have changed.
        package var (orders, changed) = (0, 0)
        /// Orders that had the word and stay as they are, because events of theirs were dropped.
        package var leftAlone: Set<OrderID> = []
    }

    /// Folds orders anew; returns how many have changed, and which cannot be folded.
    package typealias Refold = @Sendable ([OrderID]) async throws -> (changed: Int, leftAlone: Set<OrderID>)

    private let pool: PostgresPool
    private let refold: Refold

    package init(pool: PostgresPool, refold: @escaping Refold) {
        self.pool = pool
        self.refold = refold
    }

    /// What teaching it would come to, but for the changes: the events that are set aside because of the word, and the orders that had it.
    package func preview(_ mapping: CourierStatusMap.Mapping) async throws -> Report {
        var report = Report()
        try await forEachPage(saying: mapping.status) { report.orders += $0.count }
        report.events = try await pool.withConnection { try UnmappedInbox.events(with: mapping, on: $0).count }
        return report
    }

    /// The mapping is in force first, so that what is merged from then on goes by it; then every order that had the word is folded anew,
    /// whatever the word meant before. Should that be cut short, the same call goes on with the rest.
    ///
    /// - Parameter entry: who does it, written down with the mapping.
    package func teach(_ mapping: CourierStatusMap.Mapping, audited entry: OperatorAudit.Entry) async throws -> Report {
        try await pool.transaction { try $0.commit(with: CourierStatusTable.put(mapping, by: entry.actor), audited: entry) }
        var report = Report()
        try await forEachPage(saying: mapping.status) { orders in
            let (changed, leftAlone) = try await refold(orders)
            report.changed += changed
            report.orders += orders.count - leftAlone.count
            report.leftAlone.formUnion(leftAlone)
        }
        report.events = try await settle(mapping, by: entry.actor, but: report.leftAlone)
        return report
    }

    private func forEachPage(saying word: String, _ body: ([OrderID]) async throws -> Void) async throws {
        var cursor: OrderID?
        repeat {
            let after = cursor
            let page = try await pool.withConnection { try ScannedOrders(saying: word, after: after, on: $0) }
            try await body(page.orders)
            cursor = page.last
        } while cursor != nil
    }

    /// Says of the events that were set aside because of the word, and have no unknown word any more, that they are merged.
    private func settle(_ mapping: CourierStatusMap.Mapping, by name: String, but leftAlone: Set<OrderID>) async throws -> Int {
        var settled = 0
        while true {
            let done = try await pool.withConnection { connection in
                let statuses = try UnmappedInbox.statuses(on: connection)
                let done = try UnmappedInbox.events(with: mapping, on: connection)
                    .filter { $0.orderID.map { !leftAlone.contains(OrderID($0)) } ?? true }
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

extension CourierStatusMap.Mapping {
    /// Who says words of couriers.
    package static let providers = CourierProvider.allCases.map(\.rawValue) + [IncomingEvent.shopifySource]

    /// What the record of it names.
    package var auditTarget: String { "status:\(provider)/\(status)\(detail.isEmpty ? "" : "/\(detail)")" }
    package var auditAfter: String { #"{"normalised":"\#(normalised.rawValue)"}"# }
}
