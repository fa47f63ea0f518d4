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

    func commit(_ batch: [PendingEvent], over line: inout WriterLine) async throws -> Int {
        var roundTrips = 0
        await failpoints.hit(.ingestBeforeCommit)
        let outcomes = try await dividing(batch.map(\.event), over: &line, logger: logger) { events, line in
            try await append(events, over: &line, &roundTrips)
        }
        await failpoints.hit(.ingestAfterCommit)
        ring(for: batch, outcomes)
        for (pending, outcome) in zip(batch, outcomes) { pending.answer.completeWith(outcome.mapError { $0 as any Error }) }
        return roundTrips
    }

    /// Appends a batch. When the connection breaks on the way, a new one is asked what became stored and the batch is sent
    /// again: once, because the sender's patience is short and its retry is safe.
    private func append(
        _ events: [IncomingEvent],
        over line: inout WriterLine,
        _ roundTrips: inout Int
    ) async throws -> [AppendOutcome] {
        do {
            let (outcomes, flights) = try await line.connection.run { connection in
                let flights = connection.flights
                return (try EventAppend.append(events, on: connection), connection.flights - flights)
            }
            roundTrips += flights
            return outcomes
        } catch let error as PostgresError where error.code == .connectionLost || error.code == .closed {
            try await line.reopen()
            return try await line.connection.run { connection in
                // Appended again as a whole: what is stored becomes a duplicate, and a changed Triggered-At rings.
                let stored = try EventAppend.stored(events, on: connection)
                let outcomes = try EventAppend.append(events, on: connection)
                return zip(events, outcomes).map { stored.contains($0.id) ? .accepted : $1 }
            }
        }
    }

    private func ring(for batch: [PendingEvent], _ outcomes: [Result<AppendOutcome, CoalescerRefusal>]) {
        var subjects: [DoorbellStreams.Name: [UUID]] = [:]
        for (pending, outcome) in zip(batch, outcomes) {
            guard let outcome = try? outcome.get(), outcome != .duplicate else { continue }
            subjects[DoorbellStreams.Name(source: pending.event.source), default: []].append(pending.event.subject.uuid)
        }
        for (stream, subjects) in subjects { doorbells.ring(subjects, on: stream) }
    }
}
