import FoundationEssentials
package import Orders
package import Postgres

/// What a courier means by a word, as an operator teaches it.
package struct StatusMapping: Sendable {
    package var provider: String
    package var status: String
    /// Empty for any.
    package var detail: String
    package var normalised: CourierStatus

    /// What the teaching came to.
    package struct Outcome: Sendable {
        /// Events that had the word, and their orders.
        package var events: Int
        package var orders: Int
        /// Orders that are another than before.
        package var changed: Int
    }

    /// Nil when nobody of this name says words of couriers.
    package init?(provider: String, status: String, detail: String = "", normalised: CourierStatus) {
        let provider = provider.lowercased()
        guard CourierProvider(provider) != nil || provider == IncomingEvent.shopifySource else { return nil }
        self.provider = provider
        self.status = status
        self.detail = detail
        self.normalised = normalised
    }

    /// What the record of it names.
    package var auditTarget: String { "status:\(provider)/\(status)\(detail.isEmpty ? "" : "/\(detail)")" }
    package var auditAfter: String { #"{"normalised":"\#(normalised.rawValue)"}"# }

    /// What it would come to, but for the changes.
    package func preview(on connection: isolated PostgresConnection) throws -> Outcome {
        let events = try self.events(on: connection)
        return Outcome(events: events.count, orders: Set(events.compactMap(\.orderID)).count, changed: 0)
    }

    /// Keeps the mapping, then has the orders folded anew that had the word: should that be cut short, the same again goes on with the
    /// rest.
    ///
    /// - Parameter refold: folds orders anew; returns how many have changed.
    package func teach(
        by name: String,
        audited entry: OperatorAudit.Entry,
        pool: PostgresPool,
        refold: ([OrderID]) async throws -> Int
    ) async throws -> Outcome {
        let events = try await pool.withConnection { connection -> [UnmappedInbox.Event] in
            // Found before the mapping is there: afterwards they are not unmapped any more.
            let events = try self.events(on: connection)
            try connection.transaction { transaction in
                try MappingTable.put(self, by: name, in: &transaction)
                try transaction.commit(audited: entry)
            }
            return events
        }
        let orders = Set(events.compactMap(\.orderID)).sorted().map { OrderID($0) }
        let changed = try await refold(orders)
        try await pool.withConnection { try finish(events, by: name, on: $0) }
        return Outcome(events: events.count, orders: orders.count, changed: changed)
    }

    private func events(on connection: isolated PostgresConnection) throws -> [UnmappedInbox.Event] {
        let key = UnmappedInbox.Key(isStatus: true, provider: provider, status: status, detail: detail.isEmpty ? nil : detail)
        return try UnmappedInbox.events(with: key, statuses: .standard, on: connection)
    }

    /// Says of events that have no unknown word any more that they are merged.
    private func finish(
        _ events: [UnmappedInbox.Event],
        by name: String,
        on connection: isolated PostgresConnection
    ) throws {
        let statuses = try UnmappedInbox.statuses(on: connection)
        let done = events.filter { UnmappedInbox.keys(of: $0, statuses: statuses).isEmpty }
        _ = try connection.query(
            UnmappedInbox.markMapped,
            [
                .uuids(done.map(\.subjectID)), .uuids(done.map(\.id)),
                .text("\(name) mapped it to \(normalised.rawValue) and the order was folded anew"),
            ]
        )
    }
}
