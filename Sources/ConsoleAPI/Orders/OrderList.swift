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
        /// How many match, where finding the page has told.
        var total: Total?

        func cursor() -> PageCursor? {
            guard hasMore, let order = orders.last, let key = keys.last else { return nil }
            return PageCursor([key, order.id.text])
        }
    }

    /// How many orders match, and whether that is all.
    struct Total: Sendable {
        var count: Int
        var isExact: Bool
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
        func page(_ candidates: OrderListStatements.Candidates) throws -> Page {
            let rows = try connection.query(OrderListStatements.page(candidates, sort), bindings)
            return try Page(rows, limit: limit, countLimit: candidates.countLimit)
        }
        func search() throws -> Page {
            let few = try page(filter.counted)
            if few.total?.isExact ?? (few.orders.isEmpty && cursor == nil && offset == 0) { return few }
            // So common that the first rows of the sort have a page of it, unless it is common elsewhere only.
            if offset == 0 {
                var first = try page(.first)
                first.total = few.total
                if first.hasMore { return first }
            }
            var all = try page(filter.candidates)
            all.total = few.total
            return all
        }
        var found = try filter.search == nil ? page(.all) : search()
        if cursor == nil, offset == 0, !found.hasMore { found.total = Total(count: found.orders.count, isExact: true) }
        return found
    }

    /// How many orders match.
    static func count(_ filter: OrderFilter, on connection: isolated PostgresConnection) throws -> Total {
        if filter.isCounted {
            let kept = try OrderCounts.kept(on: connection)
            return Total(count: kept.filter { $0.fits(filter) }.reduce(0) { $0 + $1.orders }, isExact: true)
        }
        let row = try connection.query(OrderListStatements.count(filter.counted), filter.bindings)[0]
        return Total(count: try row.decode(0), isExact: try row.decode(1))
    }
}

extension OrderList.Page {
    fileprivate init(_ rows: Rows, limit: Int, countLimit: Int) throws {
        orders = try rows.prefix(limit).map(OrderSummary.init(row:))
        keys = try rows.prefix(limit).map { try $0.decode(OrderSummary.columnCount) }
        hasMore = rows.count > limit
        let matches: Int = try rows.first?.decode(OrderSummary.columnCount + 1) ?? 0
        if matches > 0 { total = OrderList.Total(count: min(matches, countLimit), isExact: matches <= countLimit) }
    }
}

extension OrderFilter {
    /// Which rows the filter means.
    var candidates: OrderListStatements.Candidates {
        guard let search else { return .all }
        return .matches(search.number == nil ? .words : .numbers, isForCount: false)
    }

    /// Which rows are looked at to count: counting stops early, so it must not begin with collecting all.
    var counted: OrderListStatements.Candidates { candidates.forCount }
}

extension OrderSort {
    /// Whether the text is a key of this sort as PostgreSQL writes it.
    fileprivate func accepts(_ key: String) -> Bool {
        switch self {
        case .updated, .updatedDescending, .created, .createdDescending:
            // PostgreSQL writes the offset of UTC without minutes.
            key.hasSuffix("+00") && Instant(iso8601: "\(key):00") != nil
        case .total, .totalDescending: Money(key) != nil
        case .ref, .refDescending: !key.utf8.contains(0)
        }
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
