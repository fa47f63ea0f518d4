package import FoundationEssentials
package import Orders
package import Postgres

/// What one transaction has under its locks: the orders, and the events nobody has merged into them yet.
package struct SubjectBatch: Sendable {
    package var orders: [LockedOrder]
    package var events: [UnappliedEvent]
    /// The attempts of the orders to have a courier fetch them; none when nobody asked for them.
    package var bookings: [OrderID: [Booking]]
    /// What operators taught about couriers' words; it stays so until the transaction ends.
    package var statuses: [CourierStatusMap.Mapping] = []

    /// Most events one transaction takes, whatever the number of subjects.
    package static let maxEvents: Int32 = 1024
    /// Bytes of bodies and of registers that one transaction takes at most, each; a single event or order may be larger.
    package static let maxBytes: Int64 = 16 << 20

    /// Whether more may wait for the subjects than was read.
    package func isCut(at limit: Int32) -> Bool {
        events.count >= Int(limit) || events.reduce(0) { $0 + Int64($1.event.fact.body.count) } >= Self.maxBytes
            || orders.reduce(0) { $0 + Int64($1.state.count) } >= Self.maxBytes
    }

    /// Creates the orders that do not exist yet, locks those with unapplied events in id order and reads the events, in one
    /// flight. The events are read by a statement of its own after the locks are held: what another worker has just
    /// committed is seen.
    package static func lock(
        _ subjects: [UUID],
        limit: Int32 = maxEvents,
        readingBookings: Bool = false,
        in transaction: inout Postgres.Transaction
    ) throws -> SubjectBatch {
        let ids: [Binding] = [.uuids(subjects)]
        // A single subject must go on, however large its orders.
        let bytes = subjects.count == 1 ? Int64.max : maxBytes
        var steps = [
            (RedactionRow.permit, []), (SubjectBatchStatements.insertOrders, ids),
            (SubjectBatchStatements.lockOrders, ids + [.int8(bytes)]),
            (SubjectBatchStatements.unapplied, ids + [.int4(limit), .int8(maxBytes)]), (CourierStatusTable.selectAll, []),
        ]
        if readingBookings { steps.append((BookingRow.ofSubjects, ids)) }
        let results = try transaction.pipeline(steps)
        return SubjectBatch(
            orders: try results[2].map(LockedOrder.init(row:)),
            events: try results[3].map(UnappliedEvent.init(row:)),
            bookings: readingBookings ? try BookingRow.bookings(results[5]) : [:],
            statuses: try CourierStatusTable.mappings(results[4])
        )
    }

    /// What waits first for a subject; takes no lock, so nobody can keep it waiting.
    package static func firstEvent(
        of subject: UUID,
        on connection: isolated PostgresConnection
    ) throws -> UnappliedEvent? {
        try connection.query(SubjectBatchStatements.unapplied, [.uuids([subject]), .int4(1), .int8(maxBytes)]).first
            .map(UnappliedEvent.init(row:))
    }

    /// Locks orders in id order and reads their bookings, in one flight; what waits to be merged goes on waiting. As in `lock`, no
    /// redaction or mapping comes into force until the transaction ends.
    package static func lockBookings(
        of orders: [OrderID],
        in transaction: inout Postgres.Transaction
    ) throws -> SubjectBatch {
        let ids: [Binding] = [.uuids(orders.map(\.uuid))]
        let results = try transaction.pipeline([
            (RedactionRow.permit, []), (SubjectBatchStatements.lockNamed, ids), (BookingRow.ofSubjects, ids),
            (CourierStatusTable.selectAll, []),
        ])
        return SubjectBatch(
            orders: try results[1].map(LockedOrder.init(row:)),
            events: [],
            bookings: try BookingRow.bookings(results[2]),
            statuses: try CourierStatusTable.mappings(results[3])
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
    package var source: String
    package var shop: String
    package var refID: String
    /// An event of it could not be merged.
    package var isQuarantined: Bool

    /// Columns that `init(row:)` reads, in the order in which every statement that reads orders names them.
    static let columnCount = 7

    init(row: Row) throws {
        id = OrderID(try row.decode(0))
        state = try row.decode(1)
        mustRedact = try row.decode(2)
        source = try row.decode(3)
        shop = try row.decode(4)
        refID = try row.decode(5)
        isQuarantined = try row.decode(6)
    }
}

/// An event to merge, with what the store already knows of its fact.
package struct UnappliedEvent: Sendable {
    package var event: StoredEvent
    /// Times it was rung for; named again when the row is deleted.
    package var rings: Int32
    /// The event was merged before; a later delivery changed its Triggered-At.
    package var isAudited: Bool
    /// Another event with the same fact was merged before.
    package var isKnownFact: Bool
    /// The Triggered-At that the merge of this fact has used so far.
    package var usedTriggeredAt: Instant?
    /// The time of arrival that the merge of this fact has used so far; counts where nobody says when it was triggered.
    package var usedReceivedAt: Instant?
    /// The same identity came with another body.
    package var hasIdentityConflict: Bool
    /// Why the last attempt on it alone failed; nil when none did, or its worker ended before it could say.
    package var lastError: String?
    /// The trace that its sender goes on with; nil when the event begins one, which its id names.
    package var traceID: UUID?

    /// The trace of what it brings about.
    package var trace: UUID { traceID ?? event.id.uuid }

    init(row: Row) throws {
        event = try StoredEvent(row: row)
        rings = try row.decode(StoredEvent.columnCount)
        isAudited = try row.decode(StoredEvent.columnCount + 1)
        isKnownFact = try row.decode(StoredEvent.columnCount + 2)
        usedTriggeredAt = try row.instantIfPresent(StoredEvent.columnCount + 3)
        hasIdentityConflict = try row.decode(StoredEvent.columnCount + 4)
        lastError = try row.decodeIfPresent(StoredEvent.columnCount + 5)
        usedReceivedAt = try row.instantIfPresent(StoredEvent.columnCount + 6)
        traceID = try row.decodeIfPresent(StoredEvent.columnCount + 7)
    }
}
