import EventStore
package import FoundationEssentials
package import Logging
import Metrics
import Orders
package import Postgres
package import Queues
import ServiceLifecycle
package import ServiceRuntime

/// Merges subjects in batches and isolates what cannot be merged.
///
/// A batch that fails for a reason of its own, or that takes too long, is split until the event stands alone. There its attempts
/// are counted in PostgreSQL, and after the last one it is quarantined: audited as failed, its order held, all others flowing.
/// An order that takes too long is left alone for a while instead. A server that is away is nobody's fault: the error is thrown
/// and the batch kept.
package struct BatchMerger: Sendable {
    private let pool: PostgresPool
    private let statuses = CourierStatuses()
    private let doorbells: DoorbellSender
    private let configuration: OrchestratorConfiguration
    private let logger: Logger
    private let failpoints: Failpoints
    private let metrics = MergeMetrics()

    package init(
        pool: PostgresPool,
        doorbells: DoorbellSender,
        configuration: OrchestratorConfiguration,
        logger: Logger,
        failpoints: Failpoints = .off
    ) {
        self.pool = pool
        self.doorbells = doorbells
        self.configuration = configuration
        self.logger = logger
        self.failpoints = failpoints
    }

    /// Returns when everything that waited for the subjects is merged or set aside. Throws only what a later try can mend.
    package func merge(_ subjects: [UUID]) async throws {
        let distinct = Array(Set(subjects)).sorted()
        for start in stride(from: 0, to: distinct.count, by: configuration.batchSubjects) {
            let end = min(start + configuration.batchSubjects, distinct.count)
            try await mergeOrSplit(Array(distinct[start..<end]))
        }
    }

    /// Merges subjects whose last worker may have died of them: one that came back often goes alone.
    package func mergeSuspects(_ subjects: [UUID]) async throws {
        guard !subjects.isEmpty else { return }
        let distinct = Array(Set(subjects)).sorted()
        let suspicions = try await pool.withConnection { try UnappliedTable.suspect(distinct, on: $0) }
        try await merge(distinct.filter { suspicions[$0, default: 0] <= Self.suspicionsInCompany })
        for subject in distinct where suspicions[subject, default: 0] > Self.suspicionsInCompany {
            try await mergeAlone(subject)
        }
    }

    /// Suspicions that may be due to a neighbour in the batch.
    private static let suspicionsInCompany: Int32 = 2

    private func mergeOrSplit(_ subjects: [UUID]) async throws {
        var remaining = subjects
        var written: Set<RedactionRow> = []
        while !remaining.isEmpty {
            do {
                let result = try await transact(remaining, limit: SubjectBatch.maxEvents, written: written)
                written = result.redactions
                let isTooMuch = result.isStuck && remaining.count > 1
                remaining = isTooMuch ? try await splitFirst(remaining) : result.unfinished
                if !remaining.isEmpty { try Self.checkShutdown() }
            } catch let poison as BatchMerge.UnreadableEvent {
                try await quarantine(poison.event, because: poison.reason)
            } catch let error where !Self.isOfTheBatch(error) {
                throw error
            } catch {
                guard remaining.count > 1 else { return try await mergeAlone(remaining[0]) }
                logger.error(
                    "A batch failed and is split.",
                    metadata: ["error": "\(error)", "batch.subjects": "\(remaining.count)"]
                )
                remaining = try await splitFirst(remaining)
            }
        }
    }

    /// What a shutdown leaves is not acknowledged, so that it is merged by whoever comes next.
    private static func checkShutdown() throws {
        if Task.isShuttingDownGracefully || Task.isCancelled { throw CancellationError() }
    }

    /// Merges the first half; returns the other one.
    private func splitFirst(_ subjects: [UUID]) async throws -> [UUID] {
        let middle = (subjects.count + 1) / 2
        try await mergeOrSplit(Array(subjects[..<middle]))
        return Array(subjects[middle...])
    }

    /// Merges one subject event by event; one that fails is postponed, and after its last attempt quarantined. Leaves the rest to
    /// another worker that is at it.
    private func mergeAlone(_ subject: UUID) async throws {
        var written: Set<RedactionRow> = []
        while let event = try await firstUnapplied(subject) {
            try Self.checkShutdown()
            let id = event.event.id
            let begun = try await pool.withConnection { try UnappliedTable.beginAttempt(subject: subject, event: id, on: $0) }
            guard let attempt = begun else { return }
            guard attempt <= configuration.maxAttempts else {
                try await quarantine(event, because: event.lastError ?? "its worker ended in every attempt")
                continue
            }
            do {
                written = try await transact([subject], limit: 1, written: written).redactions
                // What is still there was put off, not refused.
                try await takeBackAttempt(event)
            } catch let poison as BatchMerge.UnreadableEvent {
                try await quarantine(poison.event, because: poison.reason)
            } catch let error where !Self.isOfTheBatch(error) {
                try await takeBackAttempt(event)
                throw error
            } catch {
                try await postpone(event, attempt: attempt, because: error)
            }
        }
    }

    private func takeBackAttempt(_ event: UnappliedEvent) async throws {
        let (subject, id) = (event.event.subjectID, event.event.id)
        try await pool.withConnection { try UnappliedTable.takeBackAttempt(subject: subject, event: id, on: $0) }
    }

    private func firstUnapplied(_ subject: UUID) async throws -> UnappliedEvent? {
        try await pool.withConnection { try SubjectBatch.firstEvent(of: subject, on: $0) }
    }

    private func postpone(_ event: UnappliedEvent, attempt: Int32, because error: any Error) async throws {
        logger.error(
            "An event could not be merged.",
            metadata: Self.metadata(event, ["error": "\(error)", "event.attempt": "\(attempt)"])
        )
        if let rest = Self.rest(after: error) { return try await postpone(.subject, event, because: "\(error)", for: rest) }
        guard attempt < configuration.maxAttempts else { return try await quarantine(event, because: "\(error)") }
        let wait = configuration.retryMilliseconds << Int64(min(attempt - 1, 20))
        try await postpone(.event, event, because: "\(error)", for: wait)
    }

    private func postpone(
        _ scope: UnappliedTable.PostponedScope,
        _ event: UnappliedEvent,
        because error: String,
        for milliseconds: Int64
    ) async throws {
        try await pool.withConnection {
            try UnappliedTable.postpone(
                scope,
                subject: event.event.subjectID,
                event: event.event.id,
                error: error,
                retryAfterMilliseconds: milliseconds,
                on: $0
            )
        }
    }

    /// How long an order is left alone that somebody else holds locked, or that PostgreSQL did not finish in time: the order, because
    /// its other events would only wait as long again, and never for good, because a slow server says nothing about an event.
    private static func rest(after error: any Error) -> Int64? {
        guard let failure = error as? PostgresError else { return nil }
        if failure.isLockTimeout { return lockedMilliseconds }
        return failure.isTimeout ? restMilliseconds : nil
    }

    private static let lockedMilliseconds: Int64 = 5_000

    private func quarantine(_ event: UnappliedEvent, because reason: String) async throws {
        let isOrder = event.event.kind == "order"
        let audit = AuditRow(
            event.event,
            order: isOrder ? OrderID(event.event.subjectID) : nil,
            status: .failed,
            reason: "could not be merged: \(reason)"
        )
        let rings = event.rings
        do {
            guard try await pool.withConnection({ try Quarantine.hold(audit, rings: rings, on: $0) }) else { return }
        } catch let error where Self.isOfTheBatch(error) {
            logger.critical("An event could not be quarantined.", metadata: Self.metadata(event, ["error": "\(error)"]))
            return try await rest(event, "it could not be quarantined")
        }
        metrics.quarantined()
        logger.critical("An event is quarantined and its order held.", metadata: Self.metadata(event, ["reason": "\(reason)"]))
    }

    /// How long an event rests that cannot be merged and cannot be quarantined either, and an order that takes too long.
    private static let restMilliseconds: Int64 = 60_000

    /// Lets everything else flow: the event waits for a person, and says so once a minute.
    private func rest(_ event: UnappliedEvent, _ reason: String) async throws {
        logger.critical("An event that cannot be merged rests.", metadata: Self.metadata(event, ["reason": "\(reason)"]))
        try await postpone(.event, event, because: reason, for: Self.restMilliseconds)
    }

    private func transact(_ subjects: [UUID], limit: Int32, written: Set<RedactionRow>) async throws -> BatchResult {
        let transaction = BatchTransaction(
            statuses: statuses,
            booking: configuration.booking,
            effects: configuration.effects,
            processing: configuration.processing,
            failpoints: failpoints
        )
        let result = try await metrics.timed {
            try await pool.withConnection { try transaction.run(subjects, limit: limit, written: written, on: $0) }
        }
        metrics.merged(result)
        await failpoints.hit(.workerBeforeJobDoorbell)
        doorbells.ring(result.queues)
        for order in result.refoldedOrders {
            logger.critical(
                "Registers could not be read; they were folded anew from the events.",
                metadata: Self.metadata(order)
            )
        }
        for order in result.heldOrders {
            logger.critical("An event could not be read; its order is held.", metadata: Self.metadata(order))
        }
        return result
    }

    /// Whether the same merge would fail again, or take too long again. An outage or a schema that does not fit the program says
    /// nothing about any event: the lane waits and tries again.
    private static func isOfTheBatch(_ error: any Error) -> Bool {
        switch error {
        case let error as PostgresError:
            error.classification == .permanent || error.isTimeout || error.isLockTimeout
        case is FactError, is StateError: true
        default: false
        }
    }

    private static func metadata(_ event: UnappliedEvent, _ more: Logger.Metadata) -> Logger.Metadata {
        more.merging([
            "event.id": "\(event.event.id)", "event.topic": "\(event.event.fact.topic)", "order.ref": "\(event.event.refID)",
            "trace_id": "\(TraceID(event.trace))",
        ]) { first, _ in first }
    }

    private static func metadata(_ order: TracedOrder) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["order.id": "\(order.id)"]
        if let trace = order.traceID { metadata["trace_id"] = "\(TraceID(trace))" }
        return metadata
    }
}
