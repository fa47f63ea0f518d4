package import FoundationEssentials
package import Orders
package import Postgres

/// What one transaction has under its locks: the orders, and the events nobody has merged into them yet.
package struct SubjectBatch: Sendable {
    package var orders: [LockedOrder]
    package var events: [UnappliedEvent]

    /// Most events one transaction takes, whatever the number of subjects.
    package static let maxEvents: Int32 = 1024

    /// Creates the orders that do not exist yet, locks those with unapplied events in id order and reads the events, in one
    /// flight. The events are read by a statement of its own after the locks are held: what another worker has just
    /// committed is seen.
    package static func lock(
        _ subjects: [UUID],
        limit: Int32 = maxEvents,
        in transaction: inout Postgres.Transaction
    ) throws -> SubjectBatch {
        let ids: [Binding] = [.uuids(subjects)]
        let results = try transaction.pipeline([
            (SubjectBatchStatements.insertOrders, ids),
            (SubjectBatchStatements.lockOrders, ids),
            (SubjectBatchStatements.unapplied, ids + [.int4(limit)]),
        ])
        return SubjectBatch(
            orders: try results[1].map(LockedOrder.init(row:)),
            events: try results[2].map(UnappliedEvent.init(row:))
        )
    }
}

/// An order's row under its lock.
package struct LockedOrder: Sendable {
    package var id: OrderID
    /// Canonical registers as last stored; empty for an order just created.
    package var state: [UInt8]
    /// Its shop or its customer asked for the removal of personal data.
    package var mustRedact: Bool

    init(row: Row) throws {
        id = OrderID(try row.decode(0))
        state = try row.decode(1)
        mustRedact = try row.decode(2)
    }
}

/// An event to merge, with what the store already knows of its fact.
package struct UnappliedEvent: Sendable {
    package var event: StoredEvent
    /// Times it was rung for; named again when the row is deleted.
    package var rings: Int32
    /// Transactions that have failed on this event alone.
    package var attempts: Int32
    /// The event was merged before; a later delivery changed its Triggered-At.
    package var isAudited: Bool
    /// Another event with the same fact was merged before.
    package var isKnownFact: Bool
    /// The Triggered-At that the merge of this fact has used so far.
    package var usedTriggeredAt: Instant?
    /// The same identity came with another body.
    package var hasIdentityConflict: Bool
    /// Why the last attempt on it alone failed; nil when none did, or its worker ended before it could say.
    package var lastError: String?

    init(row: Row) throws {
        event = try StoredEvent(row: row)
        rings = try row.decode(StoredEvent.columnCount)
        attempts = try row.decode(StoredEvent.columnCount + 1)
        isAudited = try row.decode(StoredEvent.columnCount + 2)
        isKnownFact = try row.decode(StoredEvent.columnCount + 3)
        usedTriggeredAt = try row.instantIfPresent(StoredEvent.columnCount + 4)
        hasIdentityConflict = try row.decode(StoredEvent.columnCount + 5)
        lastError = try row.decodeIfPresent(StoredEvent.columnCount + 6)
    }
}
