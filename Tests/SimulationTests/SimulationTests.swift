import Foundation
import TestSeed
import Testing

/// The whole path under one clock and one seed: any order, any fault, any replica – one state, nothing lost, nothing doubled.
///
/// `ORDERS_SEED` repeats a run that failed.
@Suite struct SimulationTests {
    /// Runs of one part of the test, and what each is given.
    private static let runs = 16
    private static let (orders, eventsPerOrder) = (24, 10)

    private static let seed = TestSeed.value

    private static func world(_ seed: UInt64, _ planted: PlantedBug? = nil) -> World {
        let world = World(seed: seed, faults: planted == nil ? Faults() : .slowCourier, planted: planted)
        world.schedule(orders: orders, eventsPerOrder: eventsPerOrder)
        world.run()
        return world
    }

    @Test(arguments: 0..<4)
    func `at rest every invariant holds, whatever went wrong`(part: Int) async {
        var deliveries = 0
        var happened: [String: Int] = [:]
        var spent = Duration.zero
        for run in 0..<Self.runs {
            let seed = Self.seed &+ UInt64(part * Self.runs + run)
            let start = ContinuousClock.now
            let world = Self.world(seed)
            let broken = world.broken()
            spent += start.duration(to: .now)
            #expect(broken.isEmpty, "ORDERS_SEED=\(Self.seed), run \(seed): \(broken.prefix(5))")
            deliveries += world.deliveries
            happened.merge(world.happened) { $0 + $1 }
            await Task.yield()
        }
        let rate = Int(Double(deliveries) / (spent / .seconds(60)))
        print("simulated \(deliveries) deliveries, \(rate) a minute; \(happened.sorted { $0.key < $1.key })")
        #expect(happened["lane died"] != nil && happened["ingest died"] != nil && happened["runner died"] != nil)
    }

    @Test func `one seed gives one run`() {
        let (first, second) = (Self.world(Self.seed), Self.world(Self.seed))
        #expect(first.now == second.now && first.deliveries == second.deliveries && first.happened == second.happened)
        #expect(first.store.feed.map(\.version) == second.store.feed.map(\.version))
        #expect(first.store.orders.mapValues(\.hash) == second.store.orders.mapValues(\.hash))
    }

    @Test(arguments: PlantedBug.allCases)
    func `a planted bug is caught`(bug: PlantedBug) async {
        for run in 0..<100 {
            if !Self.world(Self.seed &+ UInt64(run), bug).broken().isEmpty { return }
            await Task.yield()
        }
        Issue.record("nobody noticed \(bug)")
    }
}
