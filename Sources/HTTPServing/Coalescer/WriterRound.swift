import NIOCore

/// What shares a flush, and is answered together after it.
struct WriterRound<Pending: PendingCommit, Outcome: Sendable>: Sendable {
    let began = NIODeadline.now()
    private(set) var requests: [Pending] = []
    /// Of those that are committed.
    var outcomes: [CommitResult<Outcome>] = []

    var bytes: Int { requests.reduce(0) { $0 + $1.bytes } }

    mutating func take(_ batch: Batch<any PendingCommit>) {
        let own = batch.requests.compactMap { $0 as? Pending }
        precondition(own.count == batch.requests.count, "a coalescer holds requests of one kind")
        requests += own
    }

    /// Whether the parts before the last one still wait for the disk, although the last one was to be flushed: of which
    /// nothing was stored, nothing was committed.
    func isUnflushed(after last: [CommitResult<Outcome>]) -> Bool {
        !outcomes.isEmpty && !last.contains { (try? $0.get()) != nil }
    }

    func refuse() {
        for pending in requests { pending.refuse(.failed) }
    }
}
