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
    private let transaction: BatchTransaction
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
        transaction = BatchTransaction(
            statuses: CourierStatuses(),
            booking: configuration.booking,
            effects: configuration.effects,
            processing: configuration.processing,
            failpoints: failpoints
        )
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
            } catch let unreadable as BatchMerge.UnreadableEvent where !unreadable.event.isAudited {
                try await quarantine(unreadable.event, because: unreadable.reason)
            } catch let error where !MergeVerdict.isOfTheBatch(error) {
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

    /// Merges one subject event by event; what becomes of one that fails says its attempt. Leaves the rest to another worker that is
    /// at it.
    private func mergeAlone(_ subject: UUID) async throws {
        var written: Set<RedactionRow> = []
        while let event = try await firstUnapplied(subject) {
            try Self.checkShutdown()
            guard let attempt = try await beginAttempt(on: event) else { return }
            if let verdict = attempt.verdictBefore(lastError: event.lastError) {
                try await carryOut(verdict, of: attempt, on: event, because: "its attempts are used up")
                continue
            }
            do {
                written = try await transact([subject], limit: 1, written: written).redactions
                // What is still there was put off, not refused.
                try await takeBackAttempt(event)
            } catch {
                guard let verdict = attempt.verdict(after: error) else {
                    try await takeBackAttempt(event)
                    throw error
                }
                let blamed = (error as? BatchMerge.UnreadableEvent)?.event ?? event
                try await carryOut(verdict, of: attempt, on: blamed, because: "\(error)")
            }
        }
    }

    private func firstUnapplied(_ subject: UUID) async throws -> UnappliedEvent? {
        try await pool.withConnection { try SubjectBatch.firstEvent(of: subject, on: $0) }
    }

    private func beginAttempt(on event: UnappliedEvent) async throws -> MergeAttempt? {
        let (subject, id) = (event.event.subjectID, event.event.id)
        let number = try await pool.withConnection { try UnappliedTable.beginAttempt(subject: subject, event: id, on: $0) }
        return number.map {
            MergeAttempt(
                number: $0,
                isRing: event.isAudited,
                maxAttempts: configuration.maxAttempts,
                firstWait: .milliseconds(configuration.retryMilliseconds)
            )
        }
    }

    private func takeBackAttempt(_ event: UnappliedEvent) async throws {
        let (subject, id) = (event.event.subjectID, event.event.id)
        try await pool.withConnection { try UnappliedTable.takeBackAttempt(subject: subject, event: id, on: $0) }
    }

    private func carryOut(
        _ verdict: MergeVerdict,
        of attempt: MergeAttempt,
        on event: UnappliedEvent,
        because reason: String
    ) async throws {
        switch verdict {
        case .retry(let wait):
            log(reason, of: event, attempt)
            try await postpone(.event, event, because: reason, for: wait)
        case .leaveSubject(let wait):
            log(reason, of: event, attempt)
            try await postpone(.subject, event, because: reason, for: wait)
        case .quarantine(let reason):
            try await quarantine(event, because: reason)
        }
    }

    private func postpone(
        _ scope: UnappliedTable.PostponedScope,
        _ event: UnappliedEvent,
        because reason: String,
        for wait: Duration
    ) async throws {
        try await pool.withConnection {
            try UnappliedTable.postpone(
                scope,
                subject: event.event.subjectID,
                event: event.event.id,
                error: reason,
                retryAfterMilliseconds: Int64(wait / .milliseconds(1)),
                on: $0
            )
        }
    }

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
        } catch let error where MergeVerdict.isOfTheBatch(error) {
            // Everything else flows; the event waits for a person, and says so once a minute.
            logger.critical("An event could not be quarantined.", metadata: Self.metadata(event, ["error": "\(error)"]))
            return try await postpone(.event, event, because: "it could not be quarantined", for: MergeVerdict.longRest)
        }
        metrics.quarantined()
        logger.critical("An event is quarantined and its order held.", metadata: Self.metadata(event, ["reason": "\(reason)"]))
    }

    /// A ring that fails for good is nowhere else to be seen than here, and in what waits.
    private func log(_ error: String, of event: UnappliedEvent, _ attempt: MergeAttempt) {
        logger.log(
            level: attempt.isRing && attempt.isLast ? .critical : .error,
            attempt.isRing ? "An order could not be merged anew." : "An event could not be merged.",
            metadata: Self.metadata(event, ["error": "\(error)", "event.attempt": "\(attempt.number)"])
        )
    }

    private func transact(_ subjects: [UUID], limit: Int32, written: Set<RedactionRow>) async throws -> BatchResult {
        let transaction = transaction
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
            logger.critical("What was merged cannot be read any more; its order is held.", metadata: Self.metadata(order))
        }
        return result
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
