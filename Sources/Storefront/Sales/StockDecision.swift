package import EventStore
package import Orders

/// Decides which orders of a batch get their pieces: first come, first served.
///
/// An order that does not fit takes nothing, so a smaller one behind it still may.
package struct StockDecision: Sendable {
    /// What a buyer gets.
    package enum Outcome: Equatable, Sendable {
        case placed(PlacedOrder)
        case insufficientStock
        case unknownProduct
    }

    private var products: [Int64: Product]
    private var ids: ArraySlice<Int64>
    private let now: Instant
    /// What is taken so far, by product.
    package private(set) var taken: [Int64: Int64] = [:]

    /// - Parameters:
    ///   - products: as they are under their locks.
    ///   - ids: for orders that are placed; at least as many as there can be.
    package init(products: [Product], ids: [Int64], now: Instant) {
        self.products = Dictionary(uniqueKeysWithValues: products.map { ($0.id, $0) })
        self.ids = ids[...]
        self.now = now
    }

    /// Decides for the next buyer, after all those before.
    package mutating func decide(_ request: OrderRequest) -> Outcome {
        guard var product = products[request.productID] else { return .unknownProduct }
        guard request.quantity <= product.stock else { return .insufficientStock }
        guard let id = ids.popFirst() else { preconditionFailure("an id was drawn for every order that can be placed") }
        product.stock -= request.quantity
        products[product.id] = product
        taken[product.id, default: 0] += request.quantity
        return .placed(
            PlacedOrder(
                id: id,
                productID: product.id,
                productName: product.name,
                quantity: request.quantity,
                price: product.price,
                placedAt: now,
                traceID: request.traceID
            )
        )
    }
}
