/// The latency of ingest at half of its maximum rate, in an open loop: requests go out on time whether or not answers do.
struct IngestLatency: Sendable {
    /// One repetition.
    struct Sample: Sendable {
        var latencies: LatencyHistogram
        var assertions: [Assertion]
    }

    let rig: BenchRig
    /// Requests per second.
    let rate: Double

    func run(repetition: Int) async throws -> Sample {
        let count = max(1, Int(rate * Double(rig.size.seconds)))
        let (process, target) = try await rig.ingest()
        let requests = try rig.deliveries(rig.storm(webhooks: count, repetition: repetition), to: target).map(\.request)
        try await rig.withConnection(BenchDatabase.empty)
        let result = try await process.during { _ in
            var load = rig.load(target)
            load.rate = rate
            return try await load.run(requests)
        }
        let stored = try await rig.withConnection(BenchDatabase.storedEvents)
        return Sample(
            latencies: result.latencies,
            assertions: [
                .equal("half load \(repetition + 1): webhooks answered 200", result.statusCounts[200] ?? 0, count),
                .equal("half load \(repetition + 1): events in the store", stored, count),
            ]
        )
    }
}
