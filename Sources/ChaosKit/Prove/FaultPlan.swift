package import ServiceRuntime

/// What happens to one process at a named point of its code.
package struct FailpointFault: Sendable, Equatable {
    package var point: Failpoint
    /// Whether the process stalls there, instead of killing itself.
    package var isStall: Bool
    package var hit: Int
}

/// Which faults come when: a function of the seed alone.
package struct FaultPlan: Sendable, Equatable {
    /// One fault to come.
    package struct Fault: Sendable, Equatable {
        package var kind: FaultKind
        /// From the first request on; it waits for the recovery from the fault before it.
        package var start: Duration
        package var hold: Duration
        /// Which orchestrator, or which of the services whose links suffer; a number beyond the last means all of them.
        package var victim: Int
        /// Of a slow link.
        package var weather: LinkWeather
        /// Of a fault at a named point: where, what, and at which hit.
        package var failpoint: FailpointFault?
    }

    package var faults: [Fault]

    /// - Parameters:
    ///   - count: how many; every kind comes once before any comes again.
    ///   - scale: multiplies how long each holds.
    package init(kinds: [FaultKind], count: Int, duration: Duration, replicas: Int, scale: Double, seed: UInt64) {
        var random = SplitMix64(seed: seed ^ 0xFA17)
        var round: [FaultKind] = []
        var points: [FaultKind: [Failpoint]] = [:]
        faults = (0..<(kinds.isEmpty ? 0 : count)).map { number in
            if round.isEmpty {
                round = kinds
                random.shuffle(&round)
            }
            let kind = round.removeLast()
            // The first fault leaves the load time to begin, the last one leaves it time to meet it.
            let start = duration * (Double(number) + 0.2) / (Double(count) + 0.2)
            // Every point comes once before any comes again, too.
            if points[kind, default: []].isEmpty { points[kind] = kind.failpoints }
            let place = points[kind]?.indices.last.map { random.int(in: 0..<$0 + 1) }
            let point = place.flatMap { points[kind]?.remove(at: $0) }
            return Fault(
                kind: kind,
                start: start,
                hold: .milliseconds(Int(Double(random.int(in: kind.hold)) * scale)),
                victim: random.int(in: 0..<replicas + 2),
                weather: LinkWeather(
                    latency: .milliseconds(random.int(in: 5..<80)),
                    bytesPerSecond: random.chance(0.5) ? random.int(in: 50_000..<500_000) : nil
                ),
                failpoint: point.map {
                    FailpointFault(point: $0, isStall: random.chance(0.5), hit: random.int(in: kind.hits))
                }
            )
        }
    }
}
