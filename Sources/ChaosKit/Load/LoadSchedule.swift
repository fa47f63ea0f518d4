/// Decides which request goes next and when: a state machine without sockets or clocks.
///
/// A closed loop sends the next request as soon as a connection is free. An open loop sends at a fixed rate, whether the
/// answers keep up or not. Times are nanoseconds of any clock that does not go back.
struct LoadSchedule {
    enum Next: Equatable {
        /// Send this request now; its latency counts from the given time.
        case send(Int, since: UInt64)
        /// Nothing is due before the given time.
        case wait(until: UInt64)
        /// Everything was sent; answers or retries are outstanding.
        case drain
        /// Everything is answered or given up.
        case finished
    }

    private struct Retry {
        var index: Int
        var due: UInt64
    }

    private let count: Int
    private let interval: Double?
    private let policy: RetryPolicy?
    private let start: UInt64
    private var nextIndex = 0
    private var outstanding = 0
    /// Sorted by the time they are due, the first one last.
    private var retries: [Retry] = []
    private var attempts: [UInt8]
    private var isStopped = false

    /// - Parameters:
    ///   - rate: requests per second of an open loop; nil is a closed loop.
    ///   - policy: which requests are sent again; nil sends each request once.
    init(count: Int, rate: Double?, policy: RetryPolicy?, start: UInt64) {
        self.count = count
        self.interval = rate.map { 1_000_000_000 / $0 }
        self.policy = policy
        self.start = start
        attempts = [UInt8](repeating: 0, count: count)
    }

    /// Asked when a connection is free.
    mutating func next(now: UInt64) -> Next {
        if let retry = retries.last, retry.due <= now, !isStopped {
            retries.removeLast()
            return send(retry.index, since: now)
        }
        if nextIndex < count, !isStopped {
            guard let interval else { return sendNext(since: now) }
            let due = start + UInt64(Double(nextIndex) * interval)
            if due <= now { return sendNext(since: due) }
            return .wait(until: min(due, retries.last?.due ?? due))
        }
        if let retry = retries.last, !isStopped { return .wait(until: retry.due) }
        return isFinished ? .finished : .drain
    }

    /// The attempt ended; says whether the request will be sent again.
    mutating func ended(_ index: Int, shouldRetry: Bool, now: UInt64) -> Bool {
        outstanding -= 1
        guard shouldRetry, !isStopped, let policy, attempts[index] < policy.maxAttempts else { return false }
        let retry = Retry(index: index, due: now + policy.delayNanoseconds(afterAttempt: Int(attempts[index])))
        let place = retries.firstIndex { $0.due <= retry.due } ?? retries.endIndex
        retries.insert(retry, at: place)
        return true
    }

    /// Whether nothing is left to send and nothing is outstanding.
    var isFinished: Bool {
        outstanding == 0 && (isStopped || nextIndex == count && retries.isEmpty)
    }

    /// Sends nothing more; what is outstanding may still be answered.
    mutating func stop() {
        isStopped = true
    }

    private mutating func sendNext(since: UInt64) -> Next {
        defer { nextIndex += 1 }
        return send(nextIndex, since: since)
    }

    private mutating func send(_ index: Int, since: UInt64) -> Next {
        outstanding += 1
        attempts[index] += 1
        return .send(index, since: since)
    }
}
