import DequeModule

/// A request in the queue: what is to be stored, its size, and whom to answer.
struct WaitingRequest<Item, Ticket> {
    var item: Item
    var bytes: Int
    var ticket: Ticket
}

extension WaitingRequest: Sendable where Item: Sendable, Ticket: Sendable {}

/// Decides which requests share a commit.
///
/// Requests wait in arrival order; a writer that is ready takes as many as fit. Nobody waits for company: a request that
/// finds a writer idle goes at once, and what arrives while all writers are busy is the next batch.
struct CoalescerStateMachine<Item, Ticket, Writer> {
    struct Limits: Sendable {
        /// Most rows of one commit.
        var batchRows: Int
        /// A batch is closed once it holds this many bytes; a single larger row goes alone.
        var batchBytes: Int
        /// Most requests waiting; one more is refused.
        var waiting: Int
        /// Most bytes waiting; one more request is refused.
        var waitingBytes: Int
    }

    typealias Entry = WaitingRequest<Item, Ticket>

    enum SubmitAction {
        /// The request waits for the next writer.
        case wait
        /// The idle writer is given this batch.
        case write(Writer, [Entry])
        /// No writer has a connection.
        case refuseUnavailable(Ticket)
        /// The queue is full.
        case refuseFull(Ticket)
    }

    enum ReadyAction {
        case write([Entry])
        case sleep
        case stop
    }

    let limits: Limits
    private(set) var waitingBytes = 0
    private var waiting: Deque<Entry> = []
    private var idle: [Writer] = []
    private var connectedWriters = 0
    private var isStopping = false

    init(limits: Limits) {
        self.limits = limits
    }

    var waitingCount: Int { waiting.count }
    var isAvailable: Bool { connectedWriters > 0 }

    mutating func submit(_ entry: Entry) -> SubmitAction {
        guard isAvailable, !isStopping else { return .refuseUnavailable(entry.ticket) }
        guard waiting.count < limits.waiting, waitingBytes + entry.bytes <= limits.waitingBytes else {
            return .refuseFull(entry.ticket)
        }
        if let writer = idle.popLast() { return .write(writer, [entry]) }
        waiting.append(entry)
        waitingBytes += entry.bytes
        return .wait
    }

    mutating func writerConnected() {
        connectedWriters += 1
    }

    /// The writer has lost its connection; the tickets returned have nobody left to serve them.
    mutating func writerLost() -> [Ticket] {
        connectedWriters -= 1
        precondition(connectedWriters >= 0)
        guard connectedWriters == 0 else { return [] }
        defer {
            waiting.removeAll()
            waitingBytes = 0
        }
        return waiting.map(\.ticket)
    }

    /// The writer asks for work and, when there is none, stays idle under the given handle.
    mutating func writerReady(_ writer: @autoclosure () -> Writer) -> ReadyAction {
        if !waiting.isEmpty { return .write(takeBatch()) }
        if isStopping { return .stop }
        idle.append(writer())
        return .sleep
    }

    /// No more requests are taken; the idle writers returned can end.
    mutating func stop() -> [Writer] {
        isStopping = true
        defer { idle.removeAll() }
        return idle
    }

    private mutating func takeBatch() -> [Entry] {
        var batch: [Entry] = []
        var bytes = 0
        while let next = waiting.first, batch.count < limits.batchRows {
            if !batch.isEmpty, bytes + next.bytes > limits.batchBytes { break }
            bytes += next.bytes
            batch.append(waiting.removeFirst())
        }
        waitingBytes -= bytes
        return batch
    }
}
