import Orders
import Postgres

/// How many orders have which status.
struct OrderCounts: Sendable {
    var orderStatus: String
    var needsAttention: Bool
    var orders: Int

    /// Whether these orders are among those that a filter means that asks for nothing but statuses.
    func fits(_ filter: OrderFilter) -> Bool {
        (filter.orderStatuses?.contains { $0.rawValue == orderStatus } ?? true) && (!filter.needsAttention || needsAttention)
    }

    /// Of all orders; exact.
    static func kept(on connection: isolated PostgresConnection) throws -> [OrderCounts] {
        try connection.query(selectAll).map(OrderCounts.init(row:))
    }

    /// Of the orders that match, whatever their status; `isExact` is false when counting stopped early.
    static func counted(
        _ filter: OrderFilter,
        on connection: isolated PostgresConnection
    ) throws -> (counts: [OrderCounts], isExact: Bool) {
        var filter = filter
        filter.orderStatuses = nil
        if filter.isCounted { return (try kept(on: connection).filter { $0.fits(filter) }, true) }
        let rows = try connection.query(OrderListStatements.countByStatus(filter.counted), filter.bindings)
        return (try rows.dropLast().map(OrderCounts.init(row:)), try rows[rows.count - 1].decode(3))
    }

    private init(row: Row) throws {
        orderStatus = try row.decode(0)
        needsAttention = try row.decode(1)
        orders = try row.decode(2)
    }

    /// Run by the grid and by the overview; a few rows.
    private static let selectAll = Statement(
        "order_counts_all",
        "SELECT order_status, attention, orders FROM order_counts WHERE orders > 0 ORDER BY order_status, attention"
    )
}

extension [OrderCounts] {
    /// As the API shows them.
    func answer(isExact: Bool) -> Answer {
        var byOrderStatus: [String: Int] = [:]
        var byStatus: [String: Int] = [:]
        for count in self {
            byOrderStatus[count.orderStatus, default: 0] += count.orders
            if let status = OrderStatus(rawValue: count.orderStatus)?.publicStatus {
                byStatus[status.rawValue, default: 0] += count.orders
            }
        }
        return Answer.json { writer in
            writer.member("total", Int64(reduce(0) { $0 + $1.orders }))
            writer.member("totalIsExact", isExact)
            writer.member("attention", Int64(filter(\.needsAttention).reduce(0) { $0 + $1.orders }))
            for (key, counts) in [("byOrderStatus", byOrderStatus), ("byStatus", byStatus)] {
                writer.object(key) { writer in
                    for (status, count) in counts.sorted(by: { $0.key < $1.key }) { writer.member(status, Int64(count)) }
                }
            }
        }
    }
}
