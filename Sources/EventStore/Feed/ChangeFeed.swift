package import Orders
package import Postgres

/// Committed changes of orders, in a sequence a reader can resume from.
///
/// `seq` is drawn in the last flight of a transaction, after a lock that lasts until its commit: whoever draws the next one
/// has waited for that commit. So a reader that has seen a seq will never find a smaller one that it has not seen, and a
/// rolled-back change is never seen at all.
package enum ChangeFeed {
    /// One order changed by one committed transaction.
    package struct Change: Hashable, Sendable {
        package var seq: Int64
        package var orderID: OrderID
        package var version: Int64
    }

    /// The next changes after `seq`, oldest first, at most `limit`.
    package static func changes(
        after seq: Int64,
        limit: Int32,
        on connection: isolated PostgresConnection
    ) throws -> [Change] {
        try connection.query(read, [.int8(seq), .int4(limit)]).map { row in
            Change(seq: try row.decode(0), orderID: OrderID(try row.decode(1)), version: try row.decode(2))
        }
    }

    /// The steps that announce orders; they must be the last of their transaction and travel with its COMMIT.
    static func steps(_ orders: [(id: OrderID, version: Int64)]) -> [(Statement, [Binding])] {
        [
            (takeTurn, []),
            (append, [.uuids(orders.map(\.id.uuid)), .int8s(orders.map(\.version))]),
        ]
    }

    /// Announces orders whose projection was made anew, and commits.
    package static func commit(
        announcing orders: [(id: OrderID, version: Int64)],
        in transaction: inout Postgres.Transaction
    ) throws {
        _ = try transaction.commit(with: orders.isEmpty ? [] : steps(orders))
    }

    /// Run by the orchestrator once a batch, before `append`.
    private static let takeTurn = Statement(
        "feed_take_turn",
        "SELECT pg_advisory_xact_lock(hashtext('order_changes ' || current_schema()))"
    )

    /// Run by the orchestrator once a batch.
    private static let append = Statement(
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
        SELECT c.seq, c.order_id, c.version
        FROM order_changes AS c
        WHERE c.seq > $1
        ORDER BY c.seq
        LIMIT $2
        """
    )
}
