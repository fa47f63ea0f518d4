package import FoundationEssentials
package import Orders
package import Postgres

/// Everything one batch changes, written together with its commit.
package struct BatchWrites: Sendable {
    package var orders: [OrderRow] = []
    package var shipments: [ShipmentRow] = []
    /// New and changed attempts.
    package var bookings: [Booking] = []
    /// Statements that write the jobs of this batch, made by whoever owns the table.
    package var jobs: [(Statement, [Binding])] = []
    package var audits: [AuditRow] = []
    /// Events done with, each with the ring that was seen.
    package var applied: [(subjectID: UUID, eventID: UUID, rings: Int32)] = []
    /// Audited events whose Triggered-At became smaller.
    package var retriggered: [StoredEvent] = []
    package var redactions: [RedactionRow] = []
    /// Events to look at again after a moment; the relay rings for them.
    package var postponed: [StoredEvent] = []
    /// Redactions in force whose orders must be folded again.
    package var enforcedRedactions: [RedactionRow] = []
    /// Bodies to replace, without the personal data they held.
    package var scrubbed: [(subjectID: UUID, eventID: UUID, receivedAt: Instant, body: [UInt8])] = []

    package init() {}

    /// Sends the rows of the orders and their parcels, without a word to the change feed.
    package func project(_ transaction: inout Postgres.Transaction) throws {
        _ = try transaction.pipeline([
            (OrderRow.update, OrderRow.bindings(orders)), (ShipmentRow.upsert, ShipmentRow.bindings(shipments)),
        ])
    }

    /// Sends all statements that have rows and COMMIT in one flight. After it returns the batch is durable.
    package func commit(_ transaction: inout Postgres.Transaction) throws {
        var steps: [(Statement, [Binding])] = []
        if !orders.isEmpty { steps.append((OrderRow.update, OrderRow.bindings(orders))) }
        if !shipments.isEmpty { steps.append((ShipmentRow.upsert, ShipmentRow.bindings(shipments))) }
        if !bookings.isEmpty { steps.append((BookingRow.upsert, BookingRow.bindings(bookings))) }
        steps += jobs
        if !audits.isEmpty { steps.append((AuditRow.write, AuditRow.bindings(audits))) }
        if !redactions.isEmpty { steps.append((RedactionRow.insert, RedactionRow.bindings(redactions))) }
        if !postponed.isEmpty {
            let ids: [Binding] = [.uuids(postponed.map(\.subjectID)), .uuids(postponed.map(\.id.uuid))]
            steps.append((UnappliedTable.waitAMoment, ids))
        }
        if !retriggered.isEmpty { steps.append((AuditRow.retrigger, retriggerBindings)) }
        if !enforcedRedactions.isEmpty {
            steps.append((UnappliedTable.ringRedacted, RedactionRow.bindings(enforcedRedactions)))
        }
        if !scrubbed.isEmpty { steps.append((UnappliedTable.scrub, scrubBindings)) }
        if !applied.isEmpty { steps.append((UnappliedTable.delete, appliedBindings)) }
        if !orders.isEmpty { steps += ChangeFeed.steps(orders.map { ($0.id, $0.version) }) }
        try transaction.commit(with: steps)
    }

    /// In the one order in which rows of `unapplied_events` are locked.
    private var appliedBindings: [Binding] {
        let applied = applied.sorted { ($0.subjectID, $0.eventID) < ($1.subjectID, $1.eventID) }
        return [.uuids(applied.map(\.subjectID)), .uuids(applied.map(\.eventID)), .int4s(applied.map(\.rings))]
    }

    private var retriggerBindings: [Binding] {
        [
            .uuids(retriggered.map(\.subjectID)), .uuids(retriggered.map(\.fact.fact.uuid)), .uuids(retriggered.map(\.id.uuid)),
            .timestamptzs(retriggered.map { $0.fact.triggeredAt?.microseconds }),
        ]
    }

    private var scrubBindings: [Binding] {
        [
            .uuids(scrubbed.map(\.subjectID)), .uuids(scrubbed.map(\.eventID)),
            .timestamptzs(scrubbed.map(\.receivedAt.microseconds)), .byteses(scrubbed.map(\.body)),
        ]
    }
}
