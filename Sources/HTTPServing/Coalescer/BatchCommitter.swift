package import Postgres

/// What became of a request, as its sender is told.
package typealias CommitResult<Outcome> = Result<Outcome, CoalescerRefusal>

/// What makes the batches of one kind of requests durable. Called on the thread of a writer's connection, which may block.
package protocol BatchCommitter: Sendable {
    associatedtype Pending: PendingCommit
    associatedtype Outcome: Sendable

    /// Commits the batch; returns what became of its requests, in their order.
    ///
    /// - Throws: when nothing of the batch is known to be stored. Unless the connection broke, nobody tries it again.
    func commit(
        _ batch: [Pending],
        _ durability: Durability,
        on connection: isolated PostgresConnection
    ) throws -> [CommitResult<Outcome>]

    /// Commits and flushes requests of which some may be stored, because a connection broke before that was known.
    ///
    /// - Parameter error: how it broke, as `commit` threw it for the last of the requests.
    func commitAgain(
        _ batch: [Pending],
        after error: any Error,
        on connection: isolated PostgresConnection
    ) throws -> [CommitResult<Outcome>]

    /// Answers requests that are durable, or refused.
    func answer(_ batch: [Pending], _ outcomes: [CommitResult<Outcome>])
}
