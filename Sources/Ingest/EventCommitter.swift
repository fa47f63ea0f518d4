import EventStore
import FoundationEssentials
import HTTPServing
import Logging
import NIOCore
import Orders
import Postgres
import Queues
import ServiceRuntime

/// Makes batches of events durable and rings for them.
struct EventCommitter: BatchCommitter {
    let doorbells: DoorbellSender
    let failpoints: Failpoints
    let logger: Logger

    func commit(
        _ batch: [PendingEvent],
        _ durability: Durability,
        on connection: isolated PostgresConnection
    ) throws -> [CommitResult<AppendOutcome>] {
        failpoints.hit(.ingestBeforeCommit)
        return try dividing(batch.map(\.event), durability, logger: logger) { events in
            try EventAppend.append(events, durability: durability, on: connection)
        }
    }

    /// What became stored is asked, and all events are sent again: what is stored becomes a duplicate, and a changed
    /// Triggered-At rings.
    func commitAgain(
        _ batch: [PendingEvent],
        after error: any Error,
        on connection: isolated PostgresConnection
    ) throws -> [CommitResult<AppendOutcome>] {
        try dividing(batch.map(\.event), .flushed, logger: logger) { events in
            let stored = try EventAppend.stored(events, on: connection)
            let outcomes = try EventAppend.append(events, on: connection)
            return zip(events, outcomes).map { stored.contains($0.id) ? .accepted : $1 }
        }
    }

    func answer(_ batch: [PendingEvent], _ outcomes: [CommitResult<AppendOutcome>]) {
        failpoints.hit(.ingestAfterCommit)
        ring(for: batch, outcomes)
        EventLoopPromise.complete(zip(batch, outcomes).map { ($0.answer, $1.mapError { $0 as any Error }) })
    }

    private func ring(for batch: [PendingEvent], _ outcomes: [CommitResult<AppendOutcome>]) {
        var subjects: [DoorbellStreams.Name: [UUID]] = [:]
        for (pending, outcome) in zip(batch, outcomes) {
            guard let outcome = try? outcome.get(), outcome != .duplicate else { continue }
            subjects[DoorbellStreams.Name(source: pending.event.source), default: []].append(pending.event.subject.uuid)
        }
        for (stream, subjects) in subjects { doorbells.ring(subjects, on: stream) }
    }
}
