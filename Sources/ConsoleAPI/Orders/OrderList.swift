import FoundationEssentials
import Orders
import Postgres

/// Pages and counts of orders, from the copies that `OrderListWriter` keeps.
enum OrderList {
    struct Page: Sendable {
        var orders: [OrderSummary]
        /// The sort key of each order, for the next page.
        var keys: [String]
        var hasMore: Bool

        func cursor() -> PageCursor? {
            guard hasMore, let order = orders.last, let key = keys.last else { return nil }
            return PageCursor([key, order.id.text])
        }
    }

    /// The rows behind `cursor`, or behind the first `offset` rows, at most `limit`.
    static func page(
        _ filter: OrderFilter,
        sort: OrderSort,
        after cursor: PageCursor?,
        offset: Int = 0,
        limit: Int,
        on connection: isolated PostgresConnection
    ) throws -> Page {
        // The client may have changed a cursor that we made: what is no key of this sort is refused, not sent.
        if let cursor, !sort.accepts(cursor.parts[0]) || UUID(uuidString: cursor.parts[1]) == nil { throw PageCursor.invalid }
        let bindings =
            filter.bindings + [
                .text(cursor?.parts[0]), .uuid(cursor.flatMap { UUID(uuidString: $0.parts[1]) }), .int4(Int32(limit + 1)),
                .int4(Int32(offset)),
            ]
        if offset == 0, filter.mayBeCommon(in: sort) {
            let page = try Page(connection.query(OrderListStatements.page(.recent, sort), bindings), limit: limit)
            if page.hasMore { return page }
        }
        return try Page(connection.query(OrderListStatements.page(filter.candidates, sort), bindings), limit: limit)
    }

    /// How many orders match, and whether that is all.
    static func count(_ filter: OrderFilter, on connection: isolated PostgresConnection) throws -> (count: Int, isExact: Bool) {
        if filter.isCounted {
            let kept = try OrderCounts.kept(on: connection)
            return (kept.filter { $0.fits(filter) }.reduce(0) { $0 + $1.orders }, true)
        }
        let count: Int = try connection.query(OrderListStatements.count(filter.candidates), filter.bindings)[0].decode(0)
        return (min(count, OrderListStatements.countLimit), count <= OrderListStatements.countLimit)
    }
}

extension OrderList.Page {
    fileprivate init(_ rows: Rows, limit: Int) throws {
        orders = try rows.prefix(limit).map(OrderSummary.init(row:))
        keys = try rows.prefix(limit).map { try $0.decode(OrderSummary.columnCount) }
        hasMore = rows.count > limit
    }
}

extension OrderFilter {
    /// Which rows the filter has to look at.
    var candidates: OrderListStatements.Candidates {
        guard let search else { return .all }
        return search.number == nil ? .words : .numbers
    }

    /// Whether the newest rows may hold a whole page of what is searched for, so that looking at them first pays.
    fileprivate func mayBeCommon(in sort: OrderSort) -> Bool {
        search != nil && search?.number == nil && (sort == .updatedDescending || sort == .updated)
    }
}

extension OrderSort {
    /// Whether the text is a key of this sort as PostgreSQL writes it.
    fileprivate func accepts(_ key: String) -> Bool {
        switch self {
        case .updated, .updatedDescending, .created, .createdDescending:
            key.utf8.count <= 40 && key.utf8.allSatisfy { $0.isDigit || "-:+. ".utf8.contains($0) } && key.utf8.count >= 19
        case .total, .totalDescending: Money(key) != nil
        case .ref, .refDescending: !key.utf8.contains(0)
        }
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
