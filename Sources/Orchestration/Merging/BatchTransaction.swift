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
    /// Subjects that have more to merge, at once.
    var unfinished: [UUID] = []
    /// Queues that have new jobs.
    var queues: Set<Queue> = []
    /// Flights to PostgreSQL.
    var roundTrips = 0
}

/// One batch from lock to commit: at most three flights to PostgreSQL, two for most batches.
struct BatchTransaction: Sendable {
    var statuses: CourierStatusMap
    var booking: BookingPolicy
    var effects: BookingEffects
    /// How long the background work on an order of the storefront takes.
    var processing: Duration
    var failpoints: Failpoints

    /// Merges what waits for the subjects, at most `limit` events, and commits.
    ///
    /// - Throws: `BatchMerge.UnreadableEvent`, `FactError`, `PostgresError`; nothing is changed then, unless the outcome of
    ///   the commit is unknown, and then too it is safe to repeat.
    func run(
        _ subjects: [UUID],
        limit: Int32 = SubjectBatch.maxEvents,
        on connection: isolated PostgresConnection
    ) throws -> BatchResult {
        let flights = connection.flights
        var result = try connection.transaction { transaction in
            let batch = try SubjectBatch.lock(subjects, limit: limit, readingBookings: effects.isOn, in: &transaction)
            var result = BatchResult(events: batch.events.count)
            var merge = try BatchMerge(batch, statuses: statuses)
            let request = merge.request
            try merge.resolve(request.isEmpty ? BatchLookup() : try BatchLookup.read(request, in: &transaction))
            let (writes, queues) = try merge.writes(booking, effects, processing: processing)
            failpoints.hit(.workerInTransaction)
            try writes.commit(&transaction)
            result.changedOrders = writes.orders.count
            result.queues = queues
            result.unfinished = batch.events.count >= Int(limit) ? subjects : Array(merge.deferred)
            return result
        }
        result.roundTrips = connection.flights - flights
        return result
    }
}
