/// Events per second from the first request to the last merge, with two orchestrators.
struct EndToEnd: Sendable {
    /// One repetition.
    struct Sample: Sendable {
        var rate: Double
        var roundTripsPerEvent: Double
        var walSyncsPerEvent: Double
        /// Processor time of ingest and of both orchestrators, in microseconds.
        var processorTimePerEvent: (ingest: Double, orchestrators: Double)
        /// Of ingest.
        var ingestMemory: Double
        /// Of the larger orchestrator.
        var orchestratorMemory: Double
        var assertions: [Assertion]
    }

    let rig: BenchRig

    func run(repetition: Int) async throws -> Sample {
        let (ingest, target) = try await rig.ingest()
        let processes = [ingest] + (try await rig.orchestrators())
        let storm = rig.storm(webhooks: rig.size.storm, repetition: repetition)
        let deliveries = try rig.deliveries(storm, to: target)
        try await rig.withConnection(BenchDatabase.empty)
        let syncsBefore = try await rig.withConnection(BenchDatabase.walSyncs)
        let (outcome, costs) = try await rig.during(processes) { ids in
            let run = ScenarioRun(
                load: rig.load(target),
                database: rig.database,
                console: rig.console,
                deadline: .seconds(60),
                logger: rig.logger
            )
            let outcome = try await run.run(deliveries)
            var costs: [ServiceCosts] = []
            for (process, id) in zip(processes, ids) { costs.append(await ServiceCosts(of: process, id: id)) }
            return (outcome, costs)
        }
        let syncs = try await rig.withConnection(BenchDatabase.walSyncs) - syncsBefore
        let count = Double(deliveries.count)
        return Sample(
            rate: outcome.consistentAfter.map { count / $0.inSeconds } ?? 0,
            roundTripsPerEvent: costs.map(\.roundTrips).reduce(0, +) / count,
            walSyncsPerEvent: Double(syncs) / count,
            processorTimePerEvent: (
                ingest: costs[0].processorTime * 1_000_000 / count,
                orchestrators: costs.dropFirst().map(\.processorTime).reduce(0, +) * 1_000_000 / count
            ),
            ingestMemory: costs[0].memory,
            orchestratorMemory: costs.dropFirst().map(\.memory).max() ?? .nan,
            assertions: storm.assertions(outcome).map { $0.named("storm \(repetition + 1): ") }
        )
    }
}
