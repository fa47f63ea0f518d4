import NIOCore

/// What shares a transaction, and is answered together after its commit.
struct WriterRound<Pending: PendingCommit, Part: Sendable>: Sendable {
    let began = NIODeadline.now()
    private(set) var requests: [Pending] = []
    /// What is staged, in the order of the requests.
    var parts: [Part] = []

    var bytes: Int { requests.reduce(0) { $0 + $1.bytes } }

    /// Adds the requests of a part and returns them.
    mutating func take(_ part: Batch<any PendingCommit>) -> [Pending] {
        let own = part.requests.compactMap { $0 as? Pending }
        precondition(own.count == part.requests.count, "a coalescer holds requests of one kind")
        requests += own
        return own
    }

    func refuse() {
        for pending in requests { pending.refuse(.failed) }
    }
}
