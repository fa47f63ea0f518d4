import Logging
import Metrics
import NIOCore
import Postgres
import Queues
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// The end of the change log, followed once for all connections of this process, and only while there are any.
final class FeedTail: Service, Sendable {
    /// Changes taken from the log at once.
    private static let readLimit = 1_000
    /// How often the oldest place of the log is asked for.
    private static let boundsInterval: Duration = .seconds(10)
    /// How long a failing database is left alone.
    private static let pause: Duration = .milliseconds(500)

    private struct State {
        var ring: FeedRing?
        var oldest: Int64 = 0
        var followers = 0
        var nextID = 0
        var waiters: [Int: Waiter] = [:]
        var isStopping = false
        var batches: [Batch] = []
    }

    private struct Waiter {
        var after: Int64
        var continuation: CheckedContinuation<Void, Never>
    }

    /// A frame that more than one connection will ask for.
    private struct Batch {
        var after: Int64
        var head: Int64
        var frame: ByteBuffer
        var seq: Int64
    }

    private static let maxBatches = 16

    private let pool: PostgresPool
    private let poll: Duration
    private let maxFollowers: Int
    private let logger: Logger
    private let state = Mutex(State())
    private let bell = Wakeup()
    private let followers = Gauge(label: "console_feed_followers")

    init(pool: PostgresPool, configuration: ConsoleConfiguration, logger: Logger) {
        self.pool = pool
        poll = configuration.feedPoll
        maxFollowers = configuration.maxFeeds
        self.logger = logger
    }

    // MARK: Following

    /// Takes a place among the followers; false when there are too many.
    func join() -> Bool {
        let count = state.withLock { state -> Int? in
            guard state.followers < maxFollowers, !state.isStopping else { return nil }
            state.followers += 1
            return state.followers
        }
        guard let count else { return false }
        followers.record(count)
        bell.ring()
        return true
    }

    func leave() {
        let count = state.withLock { state in
            state.followers -= 1
            // Nobody follows: what is missed is read anew by the next one.
            if state.followers == 0 { state.ring = nil }
            return state.followers
        }
        followers.record(count)
    }

    /// The oldest place that can be resumed from, and the head: the last place anybody is told of.
    ///
    /// Everything up to the head is on disk. Orchestrators do not wait for that, and after a crash the server would give the lost
    /// numbers out a second time.
    func bounds() async throws -> (oldest: Int64, head: Int64) {
        if let known = state.withLock({ state in state.ring.map { (state.oldest, $0.head) } }) { return known }
        let (oldest, head) = try await pool.withConnection { connection in
            let bounds = try FeedEntry.bounds(on: connection)
            try connection.flush()
            return bounds
        }
        return state.withLock { state in
            state.oldest = oldest
            if state.ring == nil, state.followers > 0 { state.ring = FeedRing(head: head) }
            return (oldest, state.ring?.head ?? head)
        }
    }

    /// The changes after a place, at most up to the head, and the place they reach to.
    func entries(after seq: Int64, through head: Int64, limit: Int) async throws -> (entries: [FeedEntry], last: Int64) {
        if let found = state.withLock({ $0.ring?.entries(after: seq, limit: limit) }) { return found }
        return try await pool.withConnection { try FeedEntry.read(after: seq, through: head, limit: limit, on: $0) }
    }

    /// The next frame of many orders; connections at the same place share its bytes.
    func batch(after seq: Int64, limit: Int, head: Int64) async throws -> (frame: ByteBuffer, seq: Int64, isEmpty: Bool) {
        if let known = state.withLock({ $0.batches.first { $0.after == seq && $0.head == head } }) {
            return (known.frame, known.seq, false)
        }
        let (entries, last) = try await entries(after: seq, through: head, limit: limit)
        let made = FeedFrames.batch(entries.coalesced, through: last)
        let batch = Batch(after: seq, head: head, frame: ByteBuffer(bytes: made.bytes), seq: made.seq)
        if !entries.isEmpty {
            state.withLock { state in
                state.batches.append(batch)
                if state.batches.count > Self.maxBatches { state.batches.removeFirst() }
            }
        }
        return (batch.frame, batch.seq, entries.isEmpty)
    }

    /// Returns when there may be something after the place, or the task or the process ends.
    func waitForNews(after seq: Int64) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let returnsAtOnce = state.withLock { state in
                    if state.isStopping || Task.isCancelled || (state.ring?.head ?? .max) > seq { return true }
                    state.waiters[id] = Waiter(after: seq, continuation: continuation)
                    return false
                }
                if returnsAtOnce { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
    }

    // MARK: The pump

    /// Looks at the log while anybody follows it.
    func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            var boundsAt = ContinuousClock.now
            var fault = RecurringFault()
            while await waitForFollower() {
                do {
                    if ContinuousClock.now >= boundsAt {
                        try await refreshOldest()
                        boundsAt = .now + Self.boundsInterval
                    }
                    let hasMore = try await pump()
                    fault.end()
                    if hasMore { continue }
                    try await Task.sleep(for: poll)
                } catch  where Task.isCancelled {
                    return
                } catch {
                    fault.warn("The change log could not be read.", error, to: logger)
                    try? await Task.sleep(for: Self.pause)
                }
            }
        } onCancelOrGracefulShutdown: {
            self.stop()
        }
    }

    /// True when there is probably more.
    private func pump() async throws -> Bool {
        let head = try await bounds().head
        let (entries, last) = try await pool.withConnection { connection in
            let found = try FeedEntry.read(after: head, through: .max, limit: Self.readLimit, on: connection)
            if found.last > head { try connection.flush() }
            return found
        }
        guard last > head else { return false }
        let woken = state.withLock { state -> [Waiter] in
            guard state.ring?.head == head else { return [] }
            state.ring?.append(entries, through: last)
            let woken = state.waiters.filter { $0.value.after < last }
            for id in woken.keys { state.waiters[id] = nil }
            return Array(woken.values)
        }
        for waiter in woken { waiter.continuation.resume() }
        return entries.count >= Self.readLimit
    }

    private func refreshOldest() async throws {
        let oldest = try await pool.withConnection { try FeedEntry.bounds(on: $0) }.oldest
        state.withLock { $0.oldest = oldest }
    }

    private func waitForFollower() async -> Bool {
        while state.withLock({ $0.followers == 0 && !$0.isStopping }) { await bell.wait() }
        return state.withLock { !$0.isStopping }
    }

    private func stop() {
        let waiters = state.withLock { state in
            state.isStopping = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.continuation.resume() }
        bell.ring()
    }

    /// Whether the process is about to end.
    var isStopping: Bool { state.withLock { $0.isStopping } }
}
