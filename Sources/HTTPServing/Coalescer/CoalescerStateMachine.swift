import DequeModule

/// A request in the queue, and its size.
struct WaitingRequest<Ticket> {
    var ticket: Ticket
    var bytes: Int
}

extension WaitingRequest: Sendable where Ticket: Sendable {}

/// Decides which requests share a commit, and which commits share a flush to the disk.
///
/// Requests wait in arrival order; a writer that is ready takes as many as fit. A request that finds a writer idle goes at
/// once. Under load a writer that has just answered some lingers for a moment: those senders are about to come back, and
/// one flush for most of them is cheaper than two. What is back already is committed meanwhile, part by part, so that PostgreSQL
/// works while the rest arrives. The last to come are left for the next flush, so that there is work while answers travel.
struct CoalescerStateMachine<Ticket, Writer> {
    typealias Limits = CoalescerLimits
    typealias Entry = WaitingRequest<Ticket>

    enum SubmitAction {
        /// The request waits for the next writer.
        case wait
        /// The writer has nothing to write and looks after its connection.
        case look(Writer)
        /// The writer, idle until now, is given this batch.
        case write(Writer, Batch<Entry>)
        /// No writer has a connection.
        case refuseUnavailable(Ticket)
        /// The queue is full.
        case refuseFull(Ticket)
    }

    enum ReadyAction {
        case write(Batch<Entry>)
        /// Stay idle, and say `idleEnded` with this number after a while, so that the writer looks after its connection.
        case idle(Int)
        /// Sleep, and say `lingerEnded` with this number when the time is over.
        case linger(Int)
        case stop
    }

    private struct Linger {
        var number: Int
        var writer: Writer
        /// Requests that are to come before the flush, with those that wait already.
        var awaited: Int
        /// Of what the writer has committed and not flushed; nil when there is nothing.
        var unflushed: Int?
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
        if linger == nil, let sleeper = idle.popLast() { return .write(sleeper.writer, Batch(requests: [entry], awaited: 0)) }
        waiting.append(entry)
        waitingBytes += entry.bytes
        if let linger, waiting.count >= min(linger.awaited, limits.partRows) { return endLinger(linger) }
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

    /// The writer asks for work; when there is none it stays under this handle.
    mutating func writerReady(_ writer: @autoclosure () -> Writer, after progress: WriterProgress = .answered(0)) -> ReadyAction {
        // Of the next flush, unless nobody is worth waiting for: then whatever is there is.
        var awaited = limits.batchRows
        var unflushed: Int?
        var isWorthIt = true
        switch progress {
        case .answered(let count):
            let senders = waiting.count + count
            isWorthIt = senders >= limits.lingerRows
            if isWorthIt { awaited = min(Self.share(of: senders), awaited) }
        case .awaiting(let count, let bytes):
            (awaited, unflushed) = (count, bytes)
        }
        if linger == nil, !isStopping, isWorthIt, waiting.count < awaited {
            if waiting.count >= limits.partRows { return .write(takeBatch(awaited, after: unflushed)) }
            sleeps += 1
            linger = Linger(number: sleeps, writer: writer(), awaited: awaited, unflushed: unflushed)
            return .linger(sleeps)
        }
        if unflushed != nil || !waiting.isEmpty { return .write(takeBatch(awaited, after: unflushed).flushed) }
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
        self.linger = nil
        guard linger.unflushed != nil || !waiting.isEmpty else { return .look(linger.writer) }
        return .write(linger.writer, takeBatch(linger.awaited, after: linger.unflushed).flushed)
    }

    /// No more requests are taken; the idle writers returned can end.
    mutating func stop() -> [Writer] {
        isStopping = true
        // Who has something to flush does so when its linger ends.
        if let linger, waiting.isEmpty, linger.unflushed == nil {
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
        return .write(linger.writer, takeBatch(linger.awaited, after: linger.unflushed))
    }

    /// How many of the senders that are about to come share the next flush.
    private static func share(of senders: Int) -> Int { senders - senders / 8 }

    /// What waits of the awaited and fits, with the bytes that are not flushed. The flush is due when all that are awaited are there,
    /// or more bytes wait than fit.
    private mutating func takeBatch(_ awaited: Int, after unflushed: Int?) -> Batch<Entry> {
        var requests: [Entry] = []
        var bytes = 0
        while let next = waiting.first, requests.count < awaited {
            let isFirst = requests.isEmpty && unflushed == nil
            if !isFirst, (unflushed ?? 0) + bytes + next.bytes > limits.batchBytes { break }
            bytes += next.bytes
            requests.append(waiting.removeFirst())
        }
        waitingBytes -= bytes
        return Batch(requests: requests, awaited: waiting.isEmpty ? awaited - requests.count : 0)
    }
}
