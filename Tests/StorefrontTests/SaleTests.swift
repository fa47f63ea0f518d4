import EventStore
import HTTPServing
import Orders
import Testing

@testable import Storefront

@Suite struct SaleTests {
    private static func request(_ quantity: Int64, key: String? = nil) -> OrderRequest {
        OrderRequest(productID: 1, quantity: quantity, key: key.flatMap { IdempotencyKey($0) })
    }

    private static func sale(_ requests: [OrderRequest], known: [StorefrontAnswer] = [], stock: Int64 = 10) -> Sale {
        let product = Product(id: 1, name: "Lamp", price: Money(tenThousandths: 10_000), stock: stock)
        return Sale(
            requests,
            known: Dictionary(uniqueKeysWithValues: known.map { ($0.key, $0) }),
            decision: StockDecision(products: [product], ids: Array(1...20), now: .epoch)
        )
    }

    @Test func `a wish that comes twice in one batch is one order with one answer`() throws {
        let sale = Self.sale([Self.request(2, key: "a"), Self.request(2, key: "a"), Self.request(2)])
        #expect(sale.placed.map(\.id) == [1, 2])
        #expect(sale.answers.map(\.key) == ["a"])
        guard case .repeated(let again) = sale.replies[1] else {
            Issue.record("expected the first answer")
            return
        }
        let first = try sale.replies[0].answer(to: Self.request(2))
        #expect(again.body == first.body && again.status == 201)
    }

    @Test func `a key that was used for another wish is refused and buys nothing`() {
        let sale = Self.sale([Self.request(1, key: "a"), Self.request(2, key: "a")])
        #expect(sale.replies[1] == .keyReused)
        #expect(sale.taken == [1: 1])
    }

    @Test func `what was answered before is answered again, a refusal too`() {
        let known = StorefrontAnswer(key: "a", requestHash: Self.request(3).hash, status: 400, body: [1])
        let sale = Self.sale([Self.request(3, key: "a")], known: [known])
        #expect(sale.replies == [.repeated(known)])
        #expect(sale.isEmpty)
    }

    @Test func `a batch of refusals without keys writes nothing`() {
        let sale = Self.sale([Self.request(1), Self.request(1)], stock: 0)
        #expect(sale.replies == [.decided(.insufficientStock), .decided(.insufficientStock)])
        #expect(sale.isEmpty)
    }

    @Test func `a refusal under a key is kept`() {
        let sale = Self.sale([Self.request(1, key: "a")], stock: 0)
        #expect(sale.answers.map(\.status) == [400])
        #expect(!sale.isEmpty)
    }

    @Test(arguments: ["", " ", "a b", "caf\u{e9}", String(repeating: "x", count: 256)])
    func `a key is visible ASCII of some length`(text: String) {
        #expect(IdempotencyKey(text) == nil)
    }
}
