package import Orders
package import Postgres

/// Committed changes of orders, in a sequence a reader can resume from.
///
/// A row carries the id of the transaction that wrote it. Readers go by (transaction, seq) and see nothing from a
/// transaction that is not older than every one still running, so a transaction that commits late cannot be skipped, and a
/// rolled-back one is never seen.
package enum ChangeFeed {
    /// Place in the feed after which to read on.
    package struct Cursor: Hashable, Sendable {
        package var transaction: Int64
        package var seq: Int64

        package init(transaction: Int64, seq: Int64) {
            self.transaction = transaction
            self.seq = seq
        }

        package static let start = Cursor(transaction: 0, seq: 0)
    }

    /// One order changed by one committed transaction.
    package struct Change: Hashable, Sendable {
        package var cursor: Cursor
        package var orderID: OrderID
        package var version: Int64
    }

    /// The next changes after `cursor`, oldest first, at most `limit`.
    package static func changes(
        after cursor: Cursor,
        limit: Int32,
        on connection: isolated PostgresConnection
    ) throws -> [Change] {
        try connection.query(read, [.int8(cursor.transaction), .int8(cursor.seq), .int4(limit)]).map { row in
            Change(
                cursor: Cursor(transaction: try row.decode(0), seq: try row.decode(1)),
                orderID: OrderID(try row.decode(2)),
                version: try row.decode(3)
            )
        }
    }

    /// Announces orders whose projection was made anew.
    package static func announce(
        _ orders: [(id: OrderID, version: Int64)],
        in transaction: inout Postgres.Transaction
    ) throws {
        _ = try transaction.query(append, [.uuids(orders.map(\.id.uuid)), .int8s(orders.map(\.version))])
    }

    /// Run by the orchestrator once a batch.
    static let append = Statement(
        "feed_append",
        """
        INSERT INTO order_changes (order_id, version)
        SELECT t.order_id, t.version FROM unnest($1::uuid[], $2::bigint[]) AS t (order_id, version)
        """
    )

    /// Run by every feed reader on each wake-up. Served by `order_changes_pkey`.
    private static let read = Statement(
        "feed_read",
        """
        SELECT c.transaction::text::bigint, c.seq, c.order_id, c.version
        FROM order_changes AS c
        WHERE (c.transaction, c.seq) > ($1::bigint::text::xid8, $2::bigint)
            AND c.transaction < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY c.transaction, c.seq
        LIMIT $3
        """
    )
}
