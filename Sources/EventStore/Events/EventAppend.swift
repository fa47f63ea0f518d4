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
    /// Stores a batch in one statement and one commit (a rare second one rings for changed duplicates), and says of each
    /// event, in the given order, whether it is new. With a deferred commit nothing is durable before the next flush.
    ///
    /// Rows go in sorted by key, so two batches with the same events wait for each other but never deadlock. Safe to
    /// repeat when the outcome of the commit is unknown: what was stored is then a duplicate.
    package static func append(
        _ events: [IncomingEvent],
        durability: Durability = .flushed,
        on connection: isolated PostgresConnection
    ) throws -> [AppendOutcome] {
        let (order, batch) = sorted(events)
        var outcomes = [AppendOutcome](repeating: .accepted, count: events.count)
        var retriggered: [IncomingEvent] = []
        for row in try connection.query(AppendStatements.append, batch.bindings, durability: durability) {
            let index = order[Int(try row.decode(0, as: Int32.self))]
            let isRetriggered = try row.decode(1, as: Bool.self)
            outcomes[index] = isRetriggered ? .retriggered : .duplicate
            if isRetriggered { retriggered.append(events[index]) }
        }
        if !retriggered.isEmpty { try ring(retriggered, durability, on: connection) }
        return outcomes
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

    /// Wakes the orders of known events that came with another Triggered-At, because the merge uses the smallest.
    private static func ring(
        _ events: [IncomingEvent],
        _ durability: Durability,
        on connection: isolated PostgresConnection
    ) throws {
        _ = try connection.query(AppendStatements.ring, keys(of: events), durability: durability)
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
