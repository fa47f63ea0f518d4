import Orders
import Testing

@Suite struct CountedTests {
    @Test func `what is counted has its form for one, and for none and many`() {
        #expect([0, 1, 2].map { counted($0, "order") } == ["0 orders", "1 order", "2 orders"])
        #expect([1, 2].map { counted(Int64($0), "order needs", "orders need") } == ["1 order needs", "2 orders need"])
    }
}
