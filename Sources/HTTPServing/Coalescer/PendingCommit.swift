/// Why a request could not be made durable.
package enum CoalescerRefusal: Error {
    /// PostgreSQL is away.
    case unavailable
    /// Too much is waiting already.
    case overloaded
    /// The commit failed, or whether it succeeded could not be found out in time.
    case failed
    /// PostgreSQL does not take what it says, and never will.
    case unstorable
}

/// A request that waits for the commit it shares with others, and whoever is to be answered.
///
/// An object: it goes through queues and batches, and what it carries is large.
package protocol PendingCommit: AnyObject, Sendable {
    /// About how much memory it holds while it waits.
    var bytes: Int { get }

    /// Answers that it was not made durable.
    func refuse(_ refusal: CoalescerRefusal)
}
