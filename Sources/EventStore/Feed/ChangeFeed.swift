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
}
