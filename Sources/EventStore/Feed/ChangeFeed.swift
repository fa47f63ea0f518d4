package import Orders
package import Postgres

/// Committed changes of orders, in a sequence a reader can resume from.
///
/// `seq` is drawn in the last flight of a transaction, after a lock that lasts until its commit: whoever draws the next one
/// has waited for that commit. So a reader that has seen a seq will never find a smaller one that it has not seen, and a
/// rolled-back change is never seen at all. Merges commit without waiting for the disk: a reader flushes after it has read and
/// before it tells anybody, because after a crash the numbers of what was not on disk are given out again.
package enum ChangeFeed {
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

    /// Deletes changes older than so many hours, oldest first, and says how many. The newest change always stays: it says where the
    /// feed is. So does what the console's list of orders has not seen.
    package static func prune(olderThanHours hours: Int32, limit: Int32, on connection: isolated PostgresConnection) throws -> Int
    {
        try connection.query(deleteOld, [.int4(hours), .int4(limit)]).affected
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

    /// Run by the console every five seconds. Served by `order_changes_pkey`.
    private static let deleteOld = Statement(
        "feed_delete_old",
        """
        DELETE FROM order_changes AS c USING (
            SELECT o.seq, o.changed_at FROM order_changes AS o ORDER BY o.seq LIMIT $2
        ) AS old
        WHERE c.seq = old.seq AND old.changed_at < now() - make_interval(hours => $1)
            AND old.seq < (SELECT max(seq) FROM order_changes)
            AND old.seq <= (SELECT seq FROM console_progress WHERE task = 'order_list')
        """
    )
}
