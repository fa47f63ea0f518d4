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
    /// Orders of an event that could not be read: held for a person.
    package var held: [OrderID] = []
    /// Bodies to replace, without the personal data they held.
    package var scrubbed: [PersonalData.ScrubbedBody] = []
    /// Orders that have lost their personal data: nothing of it stays beside them either.
    package var forgotten: [OrderID] = []

    package init() {}

    /// Sends the rows of the orders, their parcels, what could not be read and what is to be forgotten, without a word to the change
    /// feed.
    package func project(_ transaction: inout Postgres.Transaction) throws {
        var steps = [(OrderRow.update, OrderRow.bindings(orders)), (ShipmentRow.upsert, ShipmentRow.bindings(shipments))]
        if !audits.isEmpty { steps.append((AuditRow.write, AuditRow.bindings(audits))) }
        if !held.isEmpty { steps.append(Quarantine.step(holding: held.map(\.uuid))) }
        if !forgotten.isEmpty { steps += PersonalData.steps(forgetting: forgotten) }
        _ = try transaction.pipeline(steps)
    }

    /// Whether the batch changes nothing at all.
    package var isEmpty: Bool {
        orders.isEmpty && bookings.isEmpty && jobs.isEmpty && audits.isEmpty && applied.isEmpty
    }

    /// Sends all statements that have rows and COMMIT in one flight. After it returns the batch is committed, as durable as its
    /// transaction asks.
    package func commit(_ transaction: inout Postgres.Transaction) throws {
        var steps: [(Statement, [Binding])] = []
        if !orders.isEmpty { steps.append((OrderRow.update, OrderRow.bindings(orders))) }
        if !shipments.isEmpty { steps.append((ShipmentRow.upsert, ShipmentRow.bindings(shipments))) }
        if !bookings.isEmpty { steps.append((BookingRow.upsert, BookingRow.bindings(bookings))) }
        steps += jobs
        if !audits.isEmpty { steps.append((AuditRow.write, AuditRow.bindings(audits))) }
        if !held.isEmpty { steps.append(Quarantine.step(holding: held.map(\.uuid))) }
        if !retriggered.isEmpty { steps.append((AuditRow.retrigger, retriggerBindings)) }
        if !scrubbed.isEmpty { steps.append(PersonalData.step(scrubbed)) }
        if !forgotten.isEmpty { steps += PersonalData.steps(forgetting: forgotten) }
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
}
