import EventStore
import Orders
import Postgres

/// One batch of wishes, from the locks of the products to the commit: two flights to PostgreSQL.
struct OrderTransaction: Sendable {
    /// The connection broke while the sale was being committed: whether it is stored must be asked.
    struct UncertainCommit: Error {
        var sale: Sale
        var underlying: PostgresError
    }

    /// Nothing has to be written: the transaction is rolled back, because a commit of nothing but locks waits for the disk.
    private struct NothingToWrite: Error {
        var sale: Sale
    }

    let shop: String

    /// Decides and commits. Rows are locked in one order everywhere: keys, then products by id.
    ///
    /// - Throws: `UncertainCommit`, or `PostgresError` when nothing is stored.
    func run(_ requests: [OrderRequest], at now: Instant, on connection: isolated PostgresConnection) throws -> Sale {
        do {
            return try connection.transaction { transaction in
                let sale = try decide(requests, at: now, in: &transaction)
                guard !sale.isEmpty else { throw NothingToWrite(sale: sale) }
                do {
                    try transaction.commit(with: steps(of: sale))
                } catch let error as PostgresError where error.commitOutcomeUnknown {
                    throw UncertainCommit(sale: sale, underlying: error)
                }
                return sale
            }
        } catch let nothing as NothingToWrite {
            return nothing.sale
        }
    }

    private func decide(
        _ requests: [OrderRequest],
        at now: Instant,
        in transaction: inout Postgres.Transaction
    ) throws -> Sale {
        var keys: [String: Digest] = [:]
        for request in requests {
            if let key = request.key?.text, keys[key] == nil { keys[key] = request.hash }
        }
        let products = Array(Set(requests.map(\.productID))).sorted()
        var steps = [ProductTable.locking(products), StorefrontOrderTable.drawing(requests.count, products: products)]
        if !keys.isEmpty {
            let claimed = keys.map { (key: $0.key, requestHash: $0.value) }
            steps = [StorefrontAnswerTable.claiming(claimed), StorefrontAnswerTable.reading(Array(keys.keys))] + steps
        }
        let results = try transaction.pipeline(steps)
        let decision = StockDecision(
            products: try ProductTable.products(results[results.count - 2]),
            ids: try StorefrontOrderTable.ids(results[results.count - 1]),
            now: now
        )
        return Sale(requests, known: keys.isEmpty ? [:] : try StorefrontAnswerTable.answers(results[1]), decision: decision)
    }

    private func steps(of sale: Sale) -> [(Statement, [Binding])] {
        var steps: [(Statement, [Binding])] = []
        if !sale.placed.isEmpty {
            let taken = sale.taken.sorted { $0.key < $1.key }.map { (product: $0.key, quantity: $0.value) }
            steps = [
                ProductTable.taking(taken),
                StorefrontOrderTable.inserting(sale.placed, ids: sale.placed.map { $0.orderID(shop: shop).uuid }),
                EventAppend.step(sale.placed.map { IncomingEvent.placed($0, shop: shop) }),
            ]
        }
        if !sale.answers.isEmpty { steps.append(StorefrontAnswerTable.settling(sale.answers)) }
        return steps
    }
}
