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

    func commit(_ batch: [PendingOrder], over line: inout WriterLine) async throws -> Int {
        let before = await line.connection.flights
        let outcomes = try await dividing(batch.map(\.request), over: &line, logger: logger) { requests, line in
            try await sell(requests, over: &line).replies
        }
        let placed = outcomes.compactMap { outcome in
            if case .success(.decided(.placed(let order))) = outcome { order.orderID(shop: transaction.shop).uuid } else { nil }
        }
        if !placed.isEmpty {
            doorbells.ring(placed, on: DoorbellStreams.Name(source: IncomingEvent.storefrontSource))
        }
        for (pending, outcome) in zip(batch, outcomes) { pending.answer.completeWith(outcome.mapError { $0 as any Error }) }
        return max(0, await line.connection.flights - before)
    }

    /// When the connection breaks on the way, a new one is asked whether the sale is stored, and it is made anew when it is
    /// not: once, because buyers are not patient.
    private func sell(_ requests: [OrderRequest], over line: inout WriterLine) async throws -> Sale {
        let (transaction, now) = (transaction, now())
        do {
            return try await line.connection.run { try transaction.run(requests, at: now, on: $0) }
        } catch let uncertain as OrderTransaction.UncertainCommit {
            logger.warning("A sale may not have been committed; it is looked up.", metadata: ["error": "\(uncertain.underlying)"])
            try await line.reopen()
            if try await isStored(uncertain.sale, over: line) { return uncertain.sale }
        } catch let error as PostgresError where error.code == .connectionLost || error.code == .closed {
            try await line.reopen()
        }
        return try await line.connection.run { try transaction.run(requests, at: now, on: $0) }
    }

    /// A sale without orders is made anew: the keys it may have stored then say what was answered.
    private func isStored(_ sale: Sale, over line: WriterLine) async throws -> Bool {
        guard !sale.placed.isEmpty else { return false }
        let (ids, products) = (sale.placed.map(\.id), sale.taken.keys.sorted())
        return try await line.connection.run { try StorefrontOrderTable.isStored(anyOf: ids, products: products, on: $0) }
    }
}
