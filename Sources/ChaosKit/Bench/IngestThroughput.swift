/// Webhooks per second of ingest at saturation: verified, deduplicated, durable, doorbells sent.
struct IngestThroughput: Sendable {
    /// One repetition.
    struct Sample: Sendable {
        var rate: Double
        var roundTripsPerEvent: Double
        var walSyncsPerEvent: Double
        var memory: Double
        /// Processor time of ingest, in microseconds.
        var processorTimePerEvent: Double
        var assertions: [Assertion]
    }

    let rig: BenchRig

    func run(repetition: Int) async throws -> Sample {
        let count = rig.size.requests
        let (process, target) = try await rig.ingest()
        let requests = try rig.deliveries(rig.storm(webhooks: count, repetition: repetition), to: target).map(\.request)
        try await rig.withConnection(BenchDatabase.empty)
        let syncsBefore = try await rig.withConnection(BenchDatabase.walSyncs)
        let (result, costs) = try await process.during { id in
            let result = try await rig.load(target).run(requests)
            return (result, await ServiceCosts(of: process, id: id))
        }
        let syncs = try await rig.withConnection(BenchDatabase.walSyncs) - syncsBefore
        let stored = try await rig.withConnection(BenchDatabase.storedEvents)
        return Sample(
            rate: result.rate,
            roundTripsPerEvent: costs.roundTrips / Double(count),
            walSyncsPerEvent: Double(syncs) / Double(count),
            memory: costs.memory,
            processorTimePerEvent: costs.processorTime * 1_000_000 / Double(count),
            assertions: [
                .equal("ingest \(repetition + 1): webhooks answered 200", result.statusCounts[200] ?? 0, count),
                .equal("ingest \(repetition + 1): events in the store", stored, count),
            ]
        )
    }
}
