/// Bounds of a queue of requests that share commits.
package struct CoalescerLimits: Sendable {
    /// Most rows of one commit.
    package var batchRows: Int
    /// A batch is closed once it holds this many bytes; a single larger row goes alone.
    package var batchBytes: Int
    /// Fewest requests, answered just now and waiting together, that are worth lingering for.
    package var lingerRows: Int
    /// Most requests waiting; one more is refused.
    package var waiting: Int
    /// Most bytes waiting; one more request is refused.
    package var waitingBytes: Int

    package init(batchRows: Int, batchBytes: Int, lingerRows: Int, waiting: Int, waitingBytes: Int) {
        self.batchRows = batchRows
        self.batchBytes = batchBytes
        self.lingerRows = lingerRows
        self.waiting = waiting
        self.waitingBytes = waitingBytes
    }
}
