import FoundationEssentials
import Logging
import Orders
import Postgres
import ServiceLifecycle
import ServiceRuntime

/// Keeps `order_list` and its counts: first every order there is, then whatever the change feed names, a moment after the merge.
///
/// Any number of consoles may run it; the row of `console_progress` is locked by the one that works.
struct OrderListWriter: Service {
    /// Orders copied in one transaction.
    static let batch: Int32 = 1_000
    /// Between two looks at the feed.
    static let interval: Duration = .milliseconds(100)
    /// Looks at the feed between two looks at what needs a person without a change of its order.
    private static let roundsBetweenSweeps = 20

    let pool: PostgresPool
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var round = 0
            var fault = RecurringFault()
            while !Task.isCancelled {
                do {
                    let sweeps = round % Self.roundsBetweenSweeps == 0
                    round += 1
                    let count = try await work(sweeping: sweeps)
                    fault.end()
                    if count >= Int(Self.batch) { continue }
                } catch  where Task.isCancelled {
                    return
                } catch {
                    fault.warn("The list of orders could not be brought up to date.", error, to: logger)
                    try? await Task.sleep(for: .seconds(1))
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// One step; returns how many orders it looked at.
    func work(sweeping: Bool) async throws -> Int {
        try await pool.withConnection { try Self.step(sweeping: sweeping, on: $0) }
    }

    /// Copies what changed; returns how many orders it looked at.
    static func step(sweeping: Bool, on connection: isolated PostgresConnection) throws -> Int {
        try connection.transaction { transaction in
            guard let progress = try transaction.query(OrderListWriterStatements.lock).first else { return 0 }
            let seq: Int64 = try progress.decode(0)
            let filled: UUID? = try progress.decodeIfPresent(1)
            if let filled { return try fill(after: filled, &transaction) }

            let changes = try transaction.query(OrderListWriterStatements.changes, [.int8(seq), .int4(batch)])
            var ids = Set(try changes.map { try $0.decode(1, as: UUID.self) })
            let last: Int64 = try changes.last?.decode(0) ?? seq
            if sweeping { ids.formUnion(try transaction.query(OrderListWriterStatements.restless).map { try $0.decode(0) }) }
            guard !ids.isEmpty else { return 0 }
            try copy(Array(ids), &transaction)
            _ = try transaction.commit(with: [(OrderListWriterStatements.advance, [.int8(last)])])
            return changes.count
        }
    }

    private static func fill(after: UUID, _ transaction: inout Postgres.Transaction) throws -> Int {
        let ids = try transaction.query(OrderListWriterStatements.nextOrders, [.uuid(after), .int4(batch)])
            .map { try $0.decode(0, as: UUID.self) }
        try copy(ids, &transaction)
        let last = ids.count < Int(batch) ? nil : ids.last
        _ = try transaction.commit(with: [(OrderListWriterStatements.filled, [.uuid(last)])])
        // What changed since the migration is looked at right away.
        return Int(batch)
    }

    private static func copy(_ ids: [UUID], _ transaction: inout Postgres.Transaction) throws {
        guard !ids.isEmpty else { return }
        let rows = try transaction.query(OrderListWriterStatements.read, [.uuids(ids)])
        var found: [UUID?] = []
        var searches: [String?] = []
        var indexed: [String?] = []
        for row in rows {
            found.append(try row.decode(0))
            let words = OrderSearch.words(try row.decode(1)).prefix(OrderSearch.maxKept)
            searches.append(words.joined(separator: "\n"))
            indexed.append(OrderSearch.indexed(words).joined(separator: "\n"))
        }
        _ = try transaction.pipeline([
            (OrderListWriterStatements.uncount, [.uuids(found)]),
            (OrderListWriterStatements.write, [.uuids(found), .texts(searches)]),
            (OrderListWriterStatements.writeWords, [.uuids(found), .texts(indexed)]),
            (OrderListWriterStatements.count, [.uuids(found)]),
        ])
    }
}
