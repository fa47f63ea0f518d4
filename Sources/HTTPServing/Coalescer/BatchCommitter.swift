package import Postgres

/// What became of a request, as its sender is told.
package typealias CommitResult<Outcome> = Result<Outcome, CoalescerRefusal>

/// What makes the requests of one kind durable. Called on the thread of a writer's connection, which may block.
package protocol BatchCommitter: Sendable {
    associatedtype Pending: PendingCommit
    /// What is to be known of a part until its round is committed.
    associatedtype Part: Sendable
    associatedtype Outcome: Sendable

    /// Begins to store a part of a round.
    func stage(_ requests: [Pending], on connection: isolated PostgresConnection) throws -> Part

    /// Commits the round; returns what became of its requests, in their order.
    ///
    /// - Throws: when none of the round is known to be stored; all of it is then committed again.
    func commit(_ round: [Part], on connection: isolated PostgresConnection) throws -> [CommitResult<Outcome>]

    /// Commits a whole round after an attempt has failed; some of it may be stored when its connection broke meanwhile.
    ///
    /// - Parameter error: what the attempt failed with.
    func commitAgain(
        _ round: [Pending],
        after error: any Error,
        on connection: isolated PostgresConnection
    ) throws -> [CommitResult<Outcome>]

    /// Answers requests that are durable, or refused.
    func answer(_ round: [Pending], _ outcomes: [CommitResult<Outcome>])
}
