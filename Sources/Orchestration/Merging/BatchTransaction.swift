import EventStore
import FoundationEssentials
import Orders
import Postgres
import Queues
import ServiceRuntime

/// What one transaction came to.
struct BatchResult: Sendable, Equatable {
    var events = 0
    var changedOrders = 0
    /// Orders that are held now because something that was merged into them cannot be read any more.
    var heldOrders: [TracedOrder] = []
    /// Orders that were folded anew because their registers could not be read.
    var refoldedOrders: [TracedOrder] = []
    /// Subjects that have more to merge, at once.
    var unfinished: [UUID] = []
    /// Redactions that are in force now.
    var redactions: Set<RedactionRow> = []
    /// Nothing could be merged, of subjects that are too large together.
    var isStuck = false
    /// Queues that have new jobs.
    var queues: Set<Queue> = []
    /// Flights to PostgreSQL.
    var roundTrips = 0

    fileprivate init(_ merge: BatchMerge, _ writes: BatchWrites, _ queues: Set<Queue>) {
        changedOrders = writes.orders.count
        heldOrders = merge.heldOrders
        refoldedOrders = merge.refolded
        redactions = merge.newRedactions
        self.queues = queues
    }
}

/// An order of which people hear, and the trace of the event that was merged into it last.
struct TracedOrder: Sendable, Equatable {
    var id: OrderID
    var traceID: UUID?

    init(_ order: OrderMerge) {
        id = order.id
        traceID = order.traceID
    }
}

/// One batch from lock to commit: two flights to PostgreSQL for most batches, more only for orders with new parcels and for those
/// that are folded anew.
struct BatchTransaction: Sendable {
    var statuses: CourierStatuses
    var booking: BookingPolicy
    var effects: BookingEffects
    /// How long the background work on an order of the storefront takes.
    var processing: Duration
    var failpoints: Failpoints

    /// Merges what waits for the subjects, at most `limit` events, and commits, without waiting for the disk: a crash of the server
    /// that undoes it leaves the events waiting, and whoever acts on it flushes it with a commit of his own.
    ///
    /// - Throws: `BatchMerge.UnreadableEvent`, `FactError`, `StateError`, `PostgresError`; nothing is changed then, unless the outcome of
    ///   the commit is unknown, and then too it is safe to repeat.
    ///
    /// - Parameter written: the redactions of the result before, for the same subjects.
    func run(
        _ subjects: [UUID],
        limit: Int32 = SubjectBatch.maxEvents,
        written: Set<RedactionRow> = [],
        on connection: isolated PostgresConnection
    ) throws -> BatchResult {
        let flights = connection.flights
        var due: [[RedactionRow]] = []
        var result = try connection.transaction(durability: .deferred) { transaction in
            let batch = try SubjectBatch.lock(subjects, limit: limit, readingBookings: effects.isOn, in: &transaction)
            var merge = try BatchMerge(batch, statuses: statuses.adding(batch.statuses), written: written)
            let (writes, queues) = try finish(&merge, in: &transaction)
            failpoints.hit(.workerInTransaction)
            try writes.commit(&transaction)
            due = merge.dueRedactions
            var result = BatchResult(merge, writes, queues)
            result.events = batch.events.count
            result.unfinished = batch.isCut(at: limit) ? subjects : Array(merge.deferred)
            result.isStuck = writes.isEmpty && result.redactions.isEmpty && due.isEmpty && !result.unfinished.isEmpty
            return result
        }
        // By themselves, because writing one down waits for every merge under way.
        try RedactionRow.write(Array(result.redactions), on: connection)
        for requests in due { try RedactionRow.carryOut(requests, on: connection) }
        result.roundTrips = connection.flights - flights
        return result
    }

    /// Folds an order anew from everything that is merged into it, and commits: what it wants then, and did not want before, is as if an
    /// event had brought it. Nil of an order whose events were dropped with their months, whether its registers can be read or not: it
    /// stays as it is.
    ///
    /// - Throws: as `run`, and it is safe to repeat.
    func refold(_ order: OrderID, on connection: isolated PostgresConnection) throws -> BatchResult? {
        try connection.transaction { transaction in
            let batch = try SubjectBatch.lockBookings(of: [order], in: &transaction)
            var merge = try BatchMerge(refolding: batch, statuses: statuses.adding(batch.statuses))
            do {
                let (writes, queues) = try finish(&merge, in: &transaction)
                guard merge.orders.values.allSatisfy(\.needsRefold) else { return nil }
                try writes.commit(&transaction)
                return BatchResult(merge, writes, queues)
            } catch is StateError {
                return nil
            }
        }
    }

    /// The rest of a merge, after its first step.
    private func finish(
        _ merge: inout BatchMerge,
        in transaction: inout Postgres.Transaction
    ) throws -> (writes: BatchWrites, queues: Set<Queue>) {
        let request = merge.request
        if !request.isEmpty { try lookUp(request, for: &merge, in: &transaction) }
        try merge.resolve()
        return try merge.writes(booking, effects, processing: processing)
    }

    private func lookUp(
        _ request: BatchLookup.Request,
        for merge: inout BatchMerge,
        in transaction: inout Postgres.Transaction
    ) throws {
        try merge.prepare(try BatchLookup.read(request, in: &transaction))
        for page in EventHistory.pages(merge.readings) {
            let scrubbed = merge.fold(try EventHistory.read(page, in: &transaction))
            try PersonalData.write(scrubbed, in: &transaction)
        }
    }
}
