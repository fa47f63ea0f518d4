/// Bounds of a queue of requests that share commits.
package struct CoalescerLimits: Sendable {
    /// Most rows that share a flush, and are committed together when a connection broke before it.
    package var batchRows: Int
    /// A round is closed once it holds this many bytes; a single larger request goes alone.
    package var batchBytes: Int
    /// Rows that a writer commits while it waits for more, and leaves to a later flush; `Int.max` commits nothing early.
    package var partRows: Int
    /// Fewest requests, answered just now and waiting together, that are worth lingering for.
    package var lingerRows: Int
    /// Most requests waiting; one more is refused.
    package var waiting: Int
    /// Most bytes waiting; one more request is refused.
    package var waitingBytes: Int

    package init(
        batchRows: Int,
        batchBytes: Int,
        partRows: Int = .max,
        lingerRows: Int,
        waiting: Int,
        waitingBytes: Int
    ) {
        self.batchRows = batchRows
        self.batchBytes = batchBytes
        self.partRows = partRows
        self.lingerRows = lingerRows
        self.waiting = waiting
        self.waitingBytes = waitingBytes
    }
}
