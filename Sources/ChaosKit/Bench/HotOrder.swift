/// The time until one order with many conflicting webhooks is consistent.
struct HotOrder: Sendable {
    /// One repetition.
    struct Sample: Sendable {
        /// Seconds from the first request; not a number when it did not become consistent.
        var seconds: Double
        var assertions: [Assertion]
    }

    let rig: BenchRig

    func run(repetition: Int) async throws -> Sample {
        let (ingest, target) = try await rig.ingest()
        let processes = [ingest] + (try await rig.orchestrators())
        try await rig.withConnection(BenchDatabase.empty)
        return try await rig.during(processes) { _ in
            // Opens the services' connections and prepares their statements.
            _ = try await burst("warm-up", count: 100, to: target)
            let (burst, outcome) = try await burst("hot", count: rig.size.hotOrder, to: target)
            return Sample(
                seconds: outcome.consistentAfter?.inSeconds ?? .nan,
                assertions: burst.assertions(outcome).map { $0.named("hot order \(repetition + 1): ") }
            )
        }
    }

    private func burst(
        _ order: String,
        count: Int,
        to target: TargetAddress
    ) async throws -> (Burst, ScenarioRun.Outcome) {
        var burst = Burst(shop: BenchRig.shop, seed: rig.seed)
        burst.order = order
        burst.count = count
        burst.size = .realistic
        let signer = ShopifySigner(secret: BenchRig.secret)
        let deliveries = try burst.webhooks().map {
            try Delivery($0, host: target.hostHeader, signer: signer, at: BenchRig.time)
        }
        var load = rig.load(target)
        load.keepsBodies = true
        let run = ScenarioRun(
            load: load,
            database: rig.database,
            console: rig.console,
            deadline: .seconds(60),
            logger: rig.logger
        )
        return (burst, try await run.run(deliveries))
    }
}
