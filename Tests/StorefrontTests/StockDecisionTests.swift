import ChaosKit
import EventStore
import Orders
import Storefront
import Testing

@Suite struct StockDecisionTests {
    private static let price = Money(tenThousandths: 199_900)

    private static func decision(_ stocks: [Int64], ids: Int = 100) -> StockDecision {
        let products = stocks.enumerated().map { Product(id: Int64($0 + 1), name: "Lamp", price: price, stock: $1) }
        return StockDecision(products: products, ids: (1...Int64(ids)).map { $0 }, now: .epoch)
    }

    private static func outcomes(_ wishes: [(product: Int64, quantity: Int64)], of decision: inout StockDecision) -> [String] {
        wishes.map { wish in
            switch decision.decide(OrderRequest(productID: wish.product, quantity: wish.quantity)) {
            case .placed(let order): "#\(order.id)"
            case .insufficientStock: "no stock"
            case .unknownProduct: "unknown"
            }
        }
    }

    @Test func `whoever comes first is served first`() {
        var decision = Self.decision([2])
        #expect(Self.outcomes([(1, 1), (1, 1), (1, 1)], of: &decision) == ["#1", "#2", "no stock"])
        #expect(decision.taken == [1: 2])
    }

    @Test func `a large order that does not fit stands in nobody's way`() {
        var decision = Self.decision([5])
        #expect(Self.outcomes([(1, 3), (1, 4), (1, 2), (1, 1)], of: &decision) == ["#1", "no stock", "#2", "no stock"])
        #expect(decision.taken == [1: 5])
    }

    @Test func `products do not share their stock, and one that is not there is unknown`() {
        var decision = Self.decision([1, 1])
        #expect(Self.outcomes([(2, 1), (2, 1), (1, 1), (3, 1)], of: &decision) == ["#1", "no stock", "#2", "unknown"])
        #expect(decision.taken == [1: 1, 2: 1])
    }

    @Test func `an order remembers what it cost when it was placed`() throws {
        var decision = Self.decision([3])
        let outcome = decision.decide(OrderRequest(productID: 1, quantity: 3))
        guard case .placed(let order) = outcome else {
            Issue.record("expected an order")
            return
        }
        #expect(order.total == Money("59.97"))
        #expect(order.price == Self.price && order.productName == "Lamp" && order.quantity == 3)
    }

    @Test(arguments: UInt64(1)...20)
    func `ids that were drawn for a batch are enough, whatever the wishes`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<20 {
            let stocks = (0..<3).map { _ in Int64(random.int(in: 0..<7)) }
            let wishes = (0..<20).map { _ in
                (product: Int64(random.int(in: 1..<4)), quantity: Int64(random.int(in: 1..<5)))
            }
            // As `StorefrontOrderTable.drawing` draws them.
            let ids = min(wishes.count, Int(stocks.reduce(0, +)))
            let products = stocks.enumerated().map { Product(id: Int64($0 + 1), name: "Lamp", price: .zero, stock: $1) }
            var decision = StockDecision(products: products, ids: (0..<Int64(ids)).map { $0 + 1 }, now: .epoch)
            _ = Self.outcomes(wishes, of: &decision)
            for (product, quantity) in decision.taken { #expect(quantity <= stocks[Int(product) - 1], "\(stocks) \(wishes)") }
        }
    }
}
