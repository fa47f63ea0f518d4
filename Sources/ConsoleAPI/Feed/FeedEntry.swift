import FoundationEssentials
import NIOCore
import Orders
import Postgres

/// One committed change as the live feed tells it; every connection shares the same bytes.
struct FeedEntry: Sendable {
    var seq: Int64
    var orderID: UUID
    /// The whole order as a JSON object.
    var order: [UInt8]
    /// The order as older clients know it.
    var brief: [UInt8]

    init(seq: Int64, order: OrderSummary) {
        self.seq = seq
        orderID = order.id
        var writer = JSONWriter(capacity: 900)
        order.write(to: &writer)
        self.order = writer.bytes
        var briefWriter = JSONWriter(capacity: 200)
        order.writeBrief(to: &briefWriter)
        brief = briefWriter.bytes
    }

    /// The next changes after a place and up to a head, with the orders as they are now; a change whose order is gone is left out.
    static func read(
        after seq: Int64,
        through head: Int64,
        limit: Int,
        on connection: isolated PostgresConnection
    ) throws -> (entries: [FeedEntry], last: Int64) {
        let changes = try connection.query(changes, [.int8(seq), .int8(head), .int4(Int32(limit))])
            .map { (seq: try $0.decode(0, as: Int64.self), order: try $0.decode(1, as: UUID.self)) }
        guard let last = changes.last?.seq else { return ([], seq) }
        let orders = try connection.query(orders, [.uuids(Array(Set(changes.map(\.order))))]).map(OrderSummary.init(row:))
        // An order that changed many times is written once.
        let byID = Dictionary(uniqueKeysWithValues: orders.map { ($0.id, FeedEntry(seq: 0, order: $0)) })
        let entries = changes.compactMap { change in
            byID[change.order].map { entry in
                var entry = entry
                entry.seq = change.seq
                return entry
            }
        }
        return (entries, last)
    }

    /// The first and the last place of the log.
    static func bounds(on connection: isolated PostgresConnection) throws -> (oldest: Int64, head: Int64) {
        let row = try connection.query(bounds)[0]
        return (try row.decode(0), try row.decode(1))
    }

    /// Run a hundred times a second while anybody follows the feed. Served by `order_changes_pkey`.
    private static let changes = Statement(
        "feed_changes",
        "SELECT c.seq, c.order_id FROM order_changes AS c WHERE c.seq > $1 AND c.seq <= $2 ORDER BY c.seq LIMIT $3"
    )

    /// Run for each batch of changes, once for all who follow. Served by `orders_pkey` and `order_list_pkey`.
    private static let orders = Statement(
        "feed_orders",
        """
        SELECT \(OrderSummary.columns)
        FROM orders AS o LEFT JOIN order_list AS l ON l.order_id = o.id
        WHERE o.id = ANY ($1::uuid[])
        """
    )

    /// Served by `order_changes_pkey`.
    private static let bounds = Statement(
        "feed_bounds",
        "SELECT coalesce(min(seq) - 1, 0), coalesce(max(seq), 0) FROM order_changes"
    )
}
