/// One order in which the events of a set arrive, some of them more than once.
package struct ArrivalOrder: Sendable, Equatable {
    /// One delivery: which event of the set, and how far through the run it comes.
    package struct Arrival: Sendable, Equatable {
        package var draft: Int
        /// From 0, the beginning of the run, to 1, its end.
        package var position: Double
    }

    /// By position.
    package var arrivals: [Arrival]

    /// The share of events that are delivered again, and how often at most.
    private static let (repeated, maxRepetitions) = (0.25, 3)
    /// The share of deliveries that come when everything else is over.
    private static let late = 0.1

    /// The arrival order of a number: the first as it happened, the second backwards, the rest at random – all mixed up, nearly in
    /// order, in order but for one; at once or spread over the run.
    package init(_ number: Int, events: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
        var order = Array(0..<events)
        switch number {
        case 0: break
        case 1: order.reverse()
        default: Self.mix(&order, &random)
        }
        var deliveries = order
        for event in order where random.chance(Self.repeated) {
            for _ in 0..<random.int(in: 1..<Self.maxRepetitions + 1) {
                // Of a history told in order, nothing is told before its time.
                let earliest = number < 2 ? (deliveries.firstIndex(of: event) ?? 0) + 1 : 0
                deliveries.insert(event, at: random.int(in: earliest..<deliveries.count + 1))
            }
        }
        let start = Self.share(&random)
        // Half of all arrival orders come within a moment, so that many workers meet in one order.
        let width = random.chance(0.5) ? 0.002 : Self.share(&random) * (1 - start)
        arrivals = deliveries.enumerated().map { place, draft in
            let position = start + width * (Double(place) + Self.share(&random)) / Double(deliveries.count)
            let isLate = number > 1 && random.chance(Self.late)
            return Arrival(draft: draft, position: min(1, isLate ? position + (1 - position) * Self.share(&random) : position))
        }
        arrivals.sort { ($0.position, $0.draft) < ($1.position, $1.draft) }
    }

    /// In which order the events come for the first time.
    package var firsts: [Int] {
        var seen: Set<Int> = []
        return arrivals.map(\.draft).filter { seen.insert($0).inserted }
    }

    private static func mix(_ order: inout [Int], _ random: inout SplitMix64) {
        switch random.int(in: 0..<4) {
        case 0, 1:
            random.shuffle(&order)
        case 2:
            for index in order.indices.dropLast() where random.chance(0.5) { order.swapAt(index, index + 1) }
        default:
            guard !order.isEmpty else { return }
            let straggler = order.remove(at: random.int(in: 0..<order.count))
            order.insert(straggler, at: random.int(in: 0..<order.count + 1))
        }
    }

    private static func share(_ random: inout SplitMix64) -> Double {
        Double(random.int(in: 0..<1_000_000)) / 1_000_000
    }
}
