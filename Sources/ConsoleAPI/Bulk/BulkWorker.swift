import EventStore
import FoundationEssentials
import Logging
import Orders
import Postgres
import Queues
import ServiceLifecycle
import ServiceRuntime

/// Works off bulk operations, a batch of orders in a transaction, so that a restart goes on where it stopped and nothing is done
/// twice: the orders are crossed off in the transaction that does the work.
struct BulkWorker: Service {
    /// Orders in one transaction.
    private static let batch: Int32 = 100
    private static let pause: Duration = .milliseconds(500)

    let pool: PostgresPool
    let doorbells: DoorbellSender
    let host: HostFacilities
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var fault = RecurringFault()
            while !Task.isCancelled {
                do {
                    let hasMore = try await work()
                    fault.end()
                    if hasMore { continue }
                } catch  where Task.isCancelled {
                    return
                } catch {
                    fault.warn("A bulk operation could not go on; it is tried again.", error, to: logger)
                }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// One batch; false when nothing is to be done.
    func work() async throws -> Bool {
        let now = host.now()
        let touched = try await pool.withConnection { try Self.step(now: now, on: $0) }
        guard let touched else { return false }
        if !touched.isEmpty { doorbells.ring(touched, on: .shopifyEvents) }
        return true
    }

    /// The orders that have events to merge now; nil when there is no operation.
    private static func step(now: Instant, on connection: isolated PostgresConnection) throws -> [UUID]? {
        try connection.transaction { transaction in
            guard let row = try transaction.query(BulkTable.claim).first else { return nil }
            let operation = try BulkTable.Operation(row: row)
            let ids = try transaction.query(BulkTable.next, [.uuid(operation.id), .int4(batch)])
                .map { try $0.decode(0, as: UUID.self) }
            let outcome =
                operation.action == .requeue
                ? try requeue(ids, &transaction) : try edit(ids, operation, now: now, &transaction)
            let isLast = ids.count < Int(batch)
            var steps = outcome.steps
            steps.append((BulkTable.done, [.uuid(operation.id), .uuids(outcome.done)]))
            steps.append(
                (
                    BulkTable.fail,
                    [.uuid(operation.id), .uuids(outcome.failed.map(\.order)), .texts(outcome.failed.map(\.reason))]
                )
            )
            steps.append(
                (
                    BulkTable.advance,
                    [
                        .uuid(operation.id), .int8(Int64(outcome.done.count)), .int8(Int64(outcome.failed.count)), .bool(isLast),
                    ]
                )
            )
            _ = try transaction.commit(with: steps)
            return outcome.touched
        }
    }

    private struct Outcome {
        var done: [UUID] = []
        var failed: [(order: UUID, reason: String)] = []
        /// Orders with an event to merge.
        var touched: [UUID] = []
        var steps: [(Statement, [Binding])] = []
    }

    /// One event for each order, whose id follows from the operation and the order.
    private static func edit(
        _ ids: [UUID],
        _ operation: BulkTable.Operation,
        now: Instant,
        _ transaction: inout Postgres.Transaction
    ) throws -> Outcome {
        var outcome = Outcome()
        guard !ids.isEmpty else { return outcome }
        let edit =
            switch operation.action {
            case .hold: ConsoleEdit(hold: true, reason: operation.reason)
            case .release: ConsoleEdit(hold: false, reason: operation.reason)
            case .edit, .requeue:
                try ConsoleEdit(JSONDocument(parsing: Array((operation.edit ?? "").utf8)).root, reason: operation.reason)
            }
        let orders = try EditedOrder.lock(ids, in: &transaction)
        var events: [IncomingEvent] = []
        for order in orders {
            if let editor = order.waitingEditor {
                outcome.failed.append((order.id, "an edit of \(editor) waits to be merged"))
                continue
            }
            if let refusal = edit.refusal(isRedacted: order.isRedacted) {
                outcome.failed.append((order.id, refusal.sentence))
                continue
            }
            let editID = UUID(namespace: operation.id, name: order.id.text)
            events.append(edit.event(of: order, id: editID, editor: operation.createdBy, at: order.time(now: now)))
            outcome.done.append(order.id)
        }
        let found = Set(orders.map(\.id))
        outcome.failed += ids.filter { !found.contains($0) }.map { ($0, "there is no such order any more") }
        outcome.touched = outcome.done
        if !events.isEmpty { outcome.steps.append(EventAppend.step(events)) }
        return outcome
    }

    private static func requeue(_ ids: [UUID], _ transaction: inout Postgres.Transaction) throws -> Outcome {
        var outcome = Outcome()
        let requeued = Set(try transaction.query(requeueOrders, [.uuids(ids)]).map { try $0.decode(0, as: UUID.self) })
        for id in ids {
            if requeued.contains(id) { outcome.done.append(id) } else { outcome.failed.append((id, "it has no dead letter")) }
        }
        return outcome
    }

    /// Run once a batch. Served by `jobs_pkey`. As `DeadLetters.requeue`, for whole orders.
    private static let requeueOrders = Statement(
        "bulk_requeue_orders",
        """
        UPDATE jobs SET state = 'ready', max_attempts = NULL, run_at = now(), updated_at = now()
        WHERE order_id = ANY ($1::uuid[]) AND state = 'dead'
        RETURNING order_id
        """
    )
}
