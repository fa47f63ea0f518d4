import NIOCore

/// Which request the next reply belongs to, and what happens to requests when the connection ends.
///
/// Replies carry no name: the n-th reply answers the n-th command. So nothing is ever taken out of the middle of the
/// queue, and a connection whose replies can no longer be matched is closed.
struct PipelineStateMachine<Completion> {
    struct Request {
        var id: UInt64
        var replyCount: Int
        var byteCount: Int
        var deadline: NIODeadline
        var isBlocking: Bool
        var completion: Completion
    }

    struct Resumption {
        var completion: Completion
        var result: Result<[RedisValue], RedisError>
    }

    enum Action {
        case none
        case write
        case resume(Resumption)
        /// Close the connection; the machine is done and only refuses from now on.
        case close([Resumption])
    }

    private struct Pending {
        var request: Request
        /// The caller was told already; the replies are awaited and thrown away.
        var isAbandoned = false
        var replies: [RedisValue] = []
    }

    private enum State {
        case connected
        case closing
        case closed
    }

    private let maxPendingCommands: Int
    private let maxPendingBytes: Int
    private var state = State.connected
    /// Why the connection ended, for those who come too late.
    private var reason: RedisError?
    private var queue = CircularBuffer<Pending>()
    private var pendingCommands = 0
    private var pendingBytes = 0

    init(maxPendingCommands: Int, maxPendingBytes: Int) {
        self.maxPendingCommands = maxPendingCommands
        self.maxPendingBytes = maxPendingBytes
    }

    /// When the oldest pending request times out.
    var oldestDeadline: NIODeadline? { queue.first?.request.deadline }

    mutating func send(_ request: Request) -> Action {
        precondition(request.replyCount > 0, "a request without commands has no reply")
        switch state {
        case .connected: break
        case .closing: return refuse(request, RedisError(.closed, "the client is shutting down"))
        case .closed:
            let why = reason.map { ": \($0.message)" } ?? ""
            let error = RedisError(.notConnected, "the connection has just ended\(why)", underlying: reason?.underlying)
            return refuse(request, error)
        }
        guard pendingCommands + request.replyCount <= maxPendingCommands else {
            return refuse(request, RedisError(.overloaded, "more than \(maxPendingCommands) commands would be pending"))
        }
        guard pendingBytes + request.byteCount <= maxPendingBytes else {
            return refuse(request, RedisError(.overloaded, "more than \(maxPendingBytes) bytes of commands would be pending"))
        }
        pendingCommands += request.replyCount
        pendingBytes += request.byteCount
        queue.append(Pending(request: request))
        return .write
    }

    mutating func receive(_ value: RedisValue) -> Action {
        guard state != .closed else { return .none }
        guard !queue.isEmpty else { return end(RedisError(.protocolViolation, "a reply without a command")) }
        let first = queue.startIndex
        queue[first].replies.append(value)
        guard queue[first].replies.count == queue[first].request.replyCount else { return .none }

        let done = queue.removeFirst()
        pendingCommands -= done.request.replyCount
        pendingBytes -= done.request.byteCount
        let resumption = done.isAbandoned ? nil : Resumption(completion: done.request.completion, result: .success(done.replies))
        if state == .closing, queue.isEmpty {
            state = .closed
            return .close(resumption.map { [$0] } ?? [])
        }
        return resumption.map { .resume($0) } ?? .none
    }

    /// The caller of a request waits no longer.
    ///
    /// An ordinary request stays in the queue and its reply is thrown away. A blocking one would hold up the connection,
    /// and the server would hand entries to nobody, so the connection is closed, which makes the server drop the read.
    mutating func cancel(id: UInt64) -> Action {
        // A scan of a bounded queue; cancellation is rare, and keeping an index would tax every command.
        guard let index = queue.firstIndex(where: { $0.request.id == id }), !queue[index].isAbandoned else { return .none }
        queue[index].isAbandoned = true
        let cancelled = Resumption(
            completion: queue[index].request.completion,
            result: .failure(RedisError(.cancelled, "the task was cancelled"))
        )
        guard queue[index].request.isBlocking else { return .resume(cancelled) }
        guard case .close(let others) = end(RedisError(.connectionLost, "a blocking command of this connection was cancelled"))
        else { return .none }
        return .close([cancelled] + others)
    }

    mutating func deadlinePassed(now: NIODeadline) -> Action {
        guard let oldestDeadline, oldestDeadline <= now else { return .none }
        return end(RedisError(.timeout, "no reply within the command timeout"))
    }

    /// Starts an orderly end: pending requests get their replies, except that a blocking one is not waited for.
    mutating func shutDown() -> Action {
        guard state == .connected else { return .none }
        if queue.isEmpty || queue.contains(where: \.request.isBlocking) {
            return end(RedisError(.closed, "the client is shutting down"))
        }
        state = .closing
        return .none
    }

    /// Ends the connection: the oldest request fails with the error, and those behind it with `.connectionLost`.
    mutating func end(_ error: RedisError) -> Action {
        guard state != .closed else { return .none }
        state = .closed
        reason = error
        let consequence = RedisError(.connectionLost, error.message, underlying: error.underlying)
        var resumptions: [Resumption] = []
        for (position, pending) in queue.enumerated() where !pending.isAbandoned {
            let failure = position == 0 ? error : consequence
            resumptions.append(Resumption(completion: pending.request.completion, result: .failure(failure)))
        }
        queue.removeAll()
        return .close(resumptions)
    }

    private func refuse(_ request: Request, _ error: RedisError) -> Action {
        .resume(Resumption(completion: request.completion, result: .failure(error)))
    }
}

extension PipelineStateMachine.Request: Sendable where Completion: Sendable {}
