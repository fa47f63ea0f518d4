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

    func stage(_ requests: [PendingEvent], on connection: isolated PostgresConnection) throws -> EventAppend.Staged {
        try EventAppend.stage(requests.map(\.event), on: connection)
    }

    func commit(
        _ round: [EventAppend.Staged],
        on connection: isolated PostgresConnection
    ) throws -> [CommitResult<AppendOutcome>] {
        failpoints.hit(.ingestBeforeCommit)
        return try EventAppend.commit(round, on: connection).map(Result.success)
    }

    /// What became stored is asked, and all events are sent again: what is stored becomes a duplicate, and a changed
    /// Triggered-At rings.
    func commitAgain(
        _ round: [PendingEvent],
        after error: any Error,
        on connection: isolated PostgresConnection
    ) throws -> [CommitResult<AppendOutcome>] {
        try dividing(round.map(\.event), logger: logger) { events in
            let stored = try EventAppend.stored(events, on: connection)
            let outcomes = try EventAppend.append(events, on: connection)
            return zip(events, outcomes).map { stored.contains($0.id) ? .accepted : $1 }
        }
    }

    func answer(_ round: [PendingEvent], _ outcomes: [CommitResult<AppendOutcome>]) {
        failpoints.hit(.ingestAfterCommit)
        ring(for: round, outcomes)
        EventLoopPromise.complete(zip(round, outcomes).map { ($0.answer, $1.mapError { $0 as any Error }) })
    }

    private func ring(for round: [PendingEvent], _ outcomes: [CommitResult<AppendOutcome>]) {
        var subjects: [DoorbellStreams.Name: [UUID]] = [:]
        for (pending, outcome) in zip(round, outcomes) {
            guard let outcome = try? outcome.get(), outcome != .duplicate else { continue }
            subjects[DoorbellStreams.Name(source: pending.event.source), default: []].append(pending.event.subject.uuid)
        }
        for (stream, subjects) in subjects { doorbells.ring(subjects, on: stream) }
    }
}
