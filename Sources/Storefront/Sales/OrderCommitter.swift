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
        let outcomes = try await sell(batch.map(\.request), over: &line)
        let placed = outcomes.compactMap { outcome in
            if case .success(.decided(.placed(let order))) = outcome { order.orderID(shop: transaction.shop).uuid } else { nil }
        }
        if !placed.isEmpty {
            doorbells.ring(placed, on: DoorbellStreams.Name(source: IncomingEvent.storefrontSource))
        }
        for (pending, outcome) in zip(batch, outcomes) { pending.answer.completeWith(outcome.mapError { $0 as any Error }) }
        return max(0, await line.connection.flights - before)
    }

    /// Sells to a batch. A wish that PostgreSQL refuses for a reason of its own is refused alone; an error means that nobody
    /// is known to have bought anything.
    private func sell(
        _ requests: [OrderRequest],
        over line: inout WriterLine
    ) async throws -> [Result<Sale.Reply, CoalescerRefusal>] {
        do {
            return try await sellOnce(requests, over: &line).replies.map(Result.success)
        } catch let error as PostgresError where error.code == .server && error.classification == .permanent {
            guard requests.count > 1 else {
                logger.error("PostgreSQL refused an order.", metadata: ["error": "\(error)"])
                return [.failure(.failed)]
            }
            var outcomes: [Result<Sale.Reply, CoalescerRefusal>] = []
            for request in requests { outcomes += try await sell([request], over: &line) }
            return outcomes
        }
    }

    /// When the connection breaks on the way, a new one is asked whether the sale is stored, and it is made anew when it is
    /// not: once, because buyers are not patient.
    private func sellOnce(_ requests: [OrderRequest], over line: inout WriterLine) async throws -> Sale {
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
