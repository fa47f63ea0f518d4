import FoundationEssentials
package import Orders
package import Postgres

/// What became of one delivery in the store.
package enum AppendOutcome: Sendable, Equatable {
    case accepted
    case duplicate
    /// A duplicate that came with another Triggered-At: its event waits to be merged again.
    case retriggered
}

/// Makes events durable: the write side of the event store.
package enum EventAppend {
    /// Events whose statement is on its way, and in which order their rows are.
    package struct Staged: Sendable {
        fileprivate let events: [IncomingEvent]
        fileprivate let order: [Int]
    }

    /// Begins to store a batch, in one statement of the transaction that `commit` ends.
    ///
    /// Rows go in sorted by key, so two batches with the same events wait for each other but never deadlock; two transactions of
    /// several batches each may.
    package static func stage(_ events: [IncomingEvent], on connection: isolated PostgresConnection) throws -> Staged {
        let (order, batch) = sorted(events)
        try connection.stage(AppendStatements.append, batch.bindings)
        return Staged(events: events, order: order)
    }

    /// Commits all that was staged, in one round trip (a rare second one rings for changed duplicates), and says of each event, in the
    /// order given, whether it is new.
    package static func commit(_ batches: [Staged], on connection: isolated PostgresConnection) throws -> [AppendOutcome] {
        var outcomes: [AppendOutcome] = []
        var retriggered: [IncomingEvent] = []
        for (batch, rows) in zip(batches, try connection.commitStaged()) {
            let first = outcomes.count
            outcomes += repeatElement(.duplicate, count: batch.events.count)
            for row in rows {
                let index = batch.order[Int(try row.decode(0, as: Int32.self))]
                if try row.decode(1, as: Bool.self) { outcomes[first + index] = .accepted }
                if try row.decode(2, as: Bool.self) {
                    outcomes[first + index] = .retriggered
                    retriggered.append(batch.events[index])
                }
            }
        }
        // Nothing is answered before: whoever does not hear sends again, and that rings.
        if !retriggered.isEmpty { _ = try connection.query(AppendStatements.ring, keys(of: retriggered)) }
        return outcomes
    }

    /// Stores a batch and commits it. Safe to repeat when the outcome of the commit is unknown: what was stored is then a duplicate.
    package static func append(
        _ events: [IncomingEvent],
        on connection: isolated PostgresConnection
    ) throws -> [AppendOutcome] {
        try commit([try stage(events, on: connection)], on: connection)
    }

    /// The statement that stores events within the transaction that brings them about, such as one that holds the lock of
    /// their order. What is in the store already counts as a further delivery and is not rung for again.
    package static func step(_ events: [IncomingEvent]) -> (Statement, [Binding]) {
        (AppendStatements.append, sorted(events).batch.bindings)
    }

    private static func sorted(_ events: [IncomingEvent]) -> (order: [Int], batch: AppendBatch) {
        let keys = events.map(Key.init)
        let order = events.indices.sorted { keys[$0] < keys[$1] }
        var batch = AppendBatch(capacity: events.count)
        for index in order { batch.add(events[index]) }
        return (order, batch)
    }

    /// Which of the events are in the store: asked when the outcome of a commit is unknown.
    package static func stored(
        _ events: [IncomingEvent],
        on connection: isolated PostgresConnection
    ) throws -> Set<EventID> {
        Set(try connection.query(AppendStatements.stored, keys(of: events)).map { EventID(try $0.decode(0)) })
    }

    private static func keys(of events: [IncomingEvent]) -> [Binding] {
        [.uuids(events.map(\.subject.uuid)), .uuids(events.map(\.identity)), .uuids(events.map(\.id.uuid))]
    }

    /// The order in which rows are written, everywhere the same.
    private struct Key: Comparable {
        var subject: UUID
        var identity: UUID
        var id: UUID
        var receivedAt: Int64

        init(_ event: IncomingEvent) {
            subject = event.subject.uuid
            identity = event.identity
            id = event.id.uuid
            receivedAt = event.receivedAt.microseconds
        }

        static func < (left: Key, right: Key) -> Bool {
            if left.subject != right.subject { return left.subject < right.subject }
            if left.identity != right.identity { return left.identity < right.identity }
            if left.id != right.id { return left.id < right.id }
            return left.receivedAt < right.receivedAt
        }
    }
}
