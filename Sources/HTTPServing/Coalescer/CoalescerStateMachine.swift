import DequeModule

/// A request in the queue, and its size.
struct WaitingRequest<Ticket> {
    var ticket: Ticket
    var bytes: Int
}

extension WaitingRequest: Sendable where Ticket: Sendable {}

/// Decides which requests share a commit.
///
/// Requests wait in arrival order; a writer that is ready takes as many as fit. A request that finds a writer idle goes at
/// once. Under load a writer that has just answered a batch lingers for a moment: those senders are about to come back, and
/// one commit for all of them is cheaper than two.
struct CoalescerStateMachine<Ticket, Writer> {
    typealias Limits = CoalescerLimits
    typealias Entry = WaitingRequest<Ticket>

    enum SubmitAction {
        /// The request waits for the next writer.
        case wait
        /// The writer has nothing to write and looks after its connection.
        case look(Writer)
        /// The idle writer is given this batch.
        case write(Writer, [Entry])
        /// No writer has a connection.
        case refuseUnavailable(Ticket)
        /// The queue is full.
        case refuseFull(Ticket)
    }

    enum ReadyAction {
        case write([Entry])
        /// Stay idle, and say `idleEnded` with this number after a while, so that the writer looks after its connection.
        case idle(Int)
        /// Sleep, and say `lingerEnded` with this number when the time is over.
        case linger(Int)
        case stop
    }

    private struct Linger {
        var number: Int
        var writer: Writer
        /// Requests waiting at which the writer goes before its time.
        var rows: Int
    }

    let limits: Limits
    private(set) var waitingBytes = 0
    private var waiting: Deque<Entry> = []
    private var idle: [(number: Int, writer: Writer)] = []
    private var linger: Linger?
    /// Numbers sleeps and lingers.
    private var sleeps = 0
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
        if linger == nil, let sleeper = idle.popLast() { return .write(sleeper.writer, [entry]) }
        waiting.append(entry)
        waitingBytes += entry.bytes
        if let linger, waiting.count >= linger.rows { return endLinger(linger) }
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

    /// The writer, which has just answered some requests, asks for work; when there is none it stays under this handle.
    mutating func writerReady(_ writer: @autoclosure () -> Writer, answered: Int = 0) -> ReadyAction {
        let expected = min(waiting.count + answered, limits.batchRows)
        if linger == nil, !isStopping, waiting.count < expected, expected >= limits.lingerRows {
            sleeps += 1
            linger = Linger(number: sleeps, writer: writer(), rows: expected)
            return .linger(sleeps)
        }
        if !waiting.isEmpty { return .write(takeBatch()) }
        if isStopping { return .stop }
        return .idle(sleep(writer()))
    }

    /// A writer that is still asleep is woken to look after its connection; nil when it was given work meanwhile.
    mutating func idleEnded(_ number: Int) -> Writer? {
        guard let place = idle.firstIndex(where: { $0.number == number }) else { return nil }
        return idle.remove(at: place).writer
    }

    /// The time of a linger is over; nil when it ended before.
    mutating func lingerEnded(_ number: Int) -> SubmitAction? {
        guard let linger, linger.number == number else { return nil }
        if !waiting.isEmpty { return endLinger(linger) }
        self.linger = nil
        return .look(linger.writer)
    }

    /// No more requests are taken; the idle writers returned can end.
    mutating func stop() -> [Writer] {
        isStopping = true
        if let linger, waiting.isEmpty {
            self.linger = nil
            _ = sleep(linger.writer)
        }
        defer { idle.removeAll() }
        return idle.map(\.writer)
    }

    private mutating func sleep(_ writer: Writer) -> Int {
        sleeps += 1
        idle.append((sleeps, writer))
        return sleeps
    }

    private mutating func endLinger(_ linger: Linger) -> SubmitAction {
        self.linger = nil
        return .write(linger.writer, takeBatch())
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
