import Queues
import Testing

@Suite struct ClaimPlanTests {
    private static func due(_ counts: KeyValuePairs<String, Int>) -> [JobTable.DueShop] {
        counts.map { JobTable.DueShop(shop: $0.key, due: $0.value) }
    }

    private static func quotas(_ plan: ClaimPlan) -> [String] {
        plan.quotas.map { "\($0.shop) \($0.jobs)" }
    }

    @Test func `shops get room in turn, whatever their backlog`() {
        let plan = ClaimPlan(due: Self.due(["a": 1_000, "b": 2, "c": 1]), room: 8)
        #expect(Self.quotas(plan) == ["a 5", "b 2", "c 1"])
        #expect(plan.leavesDue)
        #expect(plan.jobs == 8)
    }

    @Test func `room for everything leaves nothing due`() {
        let plan = ClaimPlan(due: Self.due(["a": 2, "b": 0, "c": 1]), room: 16)
        #expect(Self.quotas(plan) == ["a 2", "c 1"])
        #expect(!plan.leavesDue)
    }

    @Test func `one limit for the queue is shared by its shops in turn`() {
        let plan = ClaimPlan(due: Self.due(["a": 9, "b": 9]), room: 16, allowed: ["": 3]) { _ in "" }
        #expect(Self.quotas(plan) == ["a 2", "b 1"])
        #expect(plan.leavesDue)
    }

    @Test func `a shop without turns does not hold up the others`() {
        let plan = ClaimPlan(due: Self.due(["a": 9, "b": 9]), room: 4, allowed: ["a": 0, "b": 3])
        #expect(Self.quotas(plan) == ["b 3"])
    }

    @Test func `nothing due plans nothing`() {
        let plan = ClaimPlan(due: [], room: 4)
        #expect(plan.quotas.isEmpty)
        #expect(!plan.leavesDue)
    }
}
