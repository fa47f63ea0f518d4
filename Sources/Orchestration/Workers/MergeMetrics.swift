import Metrics

/// What merging costs and yields.
struct MergeMetrics: Sendable {
    private let events = Counter(label: "merge_events_total")
    private let orders = Counter(label: "merge_changed_orders_total")
    private let batches = Counter(label: "merge_batches_total")
    private let roundTrips = Counter(label: "postgres_round_trips_total")
    private let quarantines = Counter(label: "merge_quarantined_events_total")
    private let refolds = Counter(label: "merge_refolded_orders_total")
    private let duration = Timer(label: "merge_batch_seconds")

    func merged(_ result: BatchResult) {
        events.increment(by: result.events)
        orders.increment(by: result.changedOrders)
        batches.increment()
        roundTrips.increment(by: result.roundTrips)
        refolds.increment(by: result.refoldedOrders.count)
    }

    func quarantined() {
        quarantines.increment()
    }

    func timed<R>(_ body: () async throws -> R) async throws -> R {
        let start = ContinuousClock.now
        let result = try await body()
        duration.record(duration: start.duration(to: .now))
        return result
    }
}
