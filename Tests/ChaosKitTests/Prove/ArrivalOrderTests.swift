import Testing

@testable import ChaosKit

@Suite("An arrival order")
struct ArrivalOrderTests {
    @Test(arguments: 0..<50) func `brings every event, some of them again, within the run`(number: Int) {
        let order = ArrivalOrder(number, events: 20, seed: 3)
        #expect(Set(order.arrivals.map(\.draft)) == Set(0..<20))
        #expect(order.firsts.count == 20)
        #expect(order.arrivals.allSatisfy { (0...1).contains($0.position) })
        #expect(order.arrivals.map(\.position) == order.arrivals.map(\.position).sorted())
    }

    @Test func `is the history first, then the history backwards`() {
        #expect(ArrivalOrder(0, events: 9, seed: 8).firsts == Array(0..<9))
        #expect(ArrivalOrder(1, events: 9, seed: 8).firsts.last == 0)
    }

    @Test func `is a function of its number and the seed, and hardly ever comes twice`() {
        let orders = (0..<200).map { ArrivalOrder($0, events: 20, seed: 1) }
        #expect(orders == (0..<200).map { ArrivalOrder($0, events: 20, seed: 1) })
        #expect(Set(orders.map(\.firsts)).count > 190)
        #expect(ArrivalOrder(5, events: 20, seed: 2) != orders[5])
    }
}

@Suite("A fault plan")
struct FaultPlanTests {
    private func plan(_ count: Int, seed: UInt64 = 1) -> FaultPlan {
        FaultPlan(kinds: FaultKind.allCases, count: count, duration: .seconds(60), replicas: 2, scale: 0.5, seed: seed)
    }

    @Test func `has every kind once before any comes again`() {
        let kinds = plan(FaultKind.allCases.count * 2).faults.map(\.kind)
        #expect(Set(kinds.prefix(FaultKind.allCases.count)) == Set(FaultKind.allCases))
        #expect(Set(kinds.suffix(FaultKind.allCases.count)) == Set(FaultKind.allCases))
    }

    @Test func `is a function of the seed, and ends before the load does`() {
        #expect(plan(30) == plan(30))
        #expect(plan(30) != plan(30, seed: 2))
        let starts = plan(30).faults.map(\.start)
        #expect(starts == starts.sorted())
        #expect(starts.allSatisfy { $0 > .zero && $0 < .seconds(60) })
    }
}
