import FoundationEssentials
package import Orders
package import Postgres

/// Orders whose couriers, or whose shop, used a word, found by the registers: whoever said it, and however its event ended.
package struct ScannedOrders: Sendable {
    package private(set) var orders: [OrderID] = []
    /// Where the next page begins; nil behind the last one.
    package private(set) var last: OrderID?

    /// Orders that one page looks at.
    private static let pageOrders: Int32 = 1_000

    /// The page after `cursor`. Words are compared as `CourierStatusMap` does; registers that look like it and cannot be read count as well.
    package init(
        saying status: String,
        after cursor: OrderID?,
        on connection: isolated PostgresConnection
    ) throws {
        let word = Self.canonical(status)
        let bindings: [Binding] = [
            .uuid(cursor?.uuid ?? UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))), .int4(Self.pageOrders),
            .text(Self.pattern(word)),
        ]
        for row in try connection.query(Self.select, bindings) {
            let id = OrderID(try row.decode(0))
            last = id
            guard let registers = try row.decodeIfPresent(1, as: [UInt8].self) else { continue }
            if Self.says(word, registers) { orders.append(id) }
        }
    }

    private static func says(_ word: String, _ registers: [UInt8]) -> Bool {
        guard let state = try? OrderState(decoding: registers) else { return true }
        return state.shipments.entries.contains { track in
            track.checkpoints.contains { canonical($0.courierStatus.text) == word }
        }
    }

    private static func canonical(_ word: String) -> String { word.trimmed.lowercased() }

    /// Finds too much rather than too little: what is not a plain letter or digit may be written in several ways.
    private static func pattern(_ word: String) -> String {
        let plain = word.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "%" }
        return "%\"said\":\"%\(plain.joined())%"
    }

    /// Run a page at a time when an operator maps a status. Served by `orders_pkey`. The last row of a page, found or not, says where
    /// the next one begins.
    private static let select = Statement(
        "orders_scanned",
        """
        WITH page AS MATERIALIZED (
            SELECT o.id, encode(o.state, 'escape') ILIKE $3 AS is_found FROM orders AS o WHERE o.id > $1 ORDER BY o.id LIMIT $2
        )
        SELECT p.id, CASE WHEN p.is_found THEN o.state END
        FROM page AS p JOIN orders AS o ON o.id = p.id
        WHERE p.is_found OR p.id = (SELECT l.id FROM page AS l ORDER BY l.id DESC LIMIT 1)
        ORDER BY p.id
        """
    )
}
