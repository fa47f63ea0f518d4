import EventStore
import HTTPServing
import Logging
import NIOCore
import Orders
import Postgres
import Queues

/// Sells to batches of buyers and rings for their orders.
struct OrderCommitter: BatchCommitter {
    let transaction: OrderTransaction
    let doorbells: DoorbellSender
    let logger: Logger
    /// The time at which an order is placed.
    let now: @Sendable () -> Instant

    /// Always flushed: the storefront's batches have no parts.
    func commit(
        _ batch: [PendingOrder],
        _ durability: Durability,
        on connection: isolated PostgresConnection
    ) throws -> [CommitResult<Sale.Reply>] {
        precondition(durability == .flushed, "nothing is committed early")
        return try dividing(batch.map(\.request), durability, logger: logger) { requests in
            try transaction.run(requests, at: now(), on: connection).replies
        }
    }

    /// A sale that may have been committed is looked up, and made anew when it is not stored.
    ///
    /// - Throws: the error itself when the sale is of a part of the batch only, so that nobody buys twice.
    func commitAgain(
        _ batch: [PendingOrder],
        after error: any Error,
        on connection: isolated PostgresConnection
    ) throws -> [CommitResult<Sale.Reply>] {
        if let uncertain = error as? OrderTransaction.UncertainCommit {
            guard uncertain.sale.replies.count == batch.count else { throw error }
            if try isStored(uncertain.sale, on: connection) { return uncertain.sale.replies.map { .success($0) } }
        }
        return try commit(batch, .flushed, on: connection)
    }

    func answer(_ batch: [PendingOrder], _ outcomes: [CommitResult<Sale.Reply>]) {
        let placed = outcomes.compactMap { outcome in
            if case .success(.decided(.placed(let order))) = outcome { order.orderID(shop: transaction.shop).uuid } else { nil }
        }
        if !placed.isEmpty {
            doorbells.ring(placed, on: DoorbellStreams.Name(source: IncomingEvent.storefrontSource))
        }
        EventLoopPromise.complete(zip(batch, outcomes).map { ($0.answer, $1.mapError { $0 as any Error }) })
    }

    /// A sale without orders is made anew: the keys it may have stored then say what was answered.
    private func isStored(_ sale: Sale, on connection: isolated PostgresConnection) throws -> Bool {
        guard !sale.placed.isEmpty else { return false }
        let products = sale.taken.keys.sorted()
        return try StorefrontOrderTable.isStored(anyOf: sale.placed.map(\.id), products: products, on: connection)
    }
}
