/// Requests per second of the HTTP server alone, with the same bodies.
struct NoopThroughput: Sendable {
    let rig: BenchRig

    func run(repetition: Int) async throws -> Double {
        let (process, target) = try await rig.noop()
        let storm = rig.storm(webhooks: rig.size.requests, repetition: repetition)
        let requests = try rig.deliveries(storm, to: target).map(\.request)
        return try await process.during { _ in
            let result = try await rig.load(target).run(requests)
            guard result.successes == requests.count else {
                throw BenchProgram.Fault(
                    description: "the no-op server answered \(result.statusCounts) and \(result.fault ?? "no fault")"
                )
            }
            return result.rate
        }
    }
}
