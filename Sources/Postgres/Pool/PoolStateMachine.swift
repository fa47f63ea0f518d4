/// Decides who gets which connection; the pool carries out what it returns.
///
/// A slot is a place for one connection, counted from 0. Waiters are served in the order they came. All waits are equally
/// long, so that the first waiter is always the first to expire.
struct PoolStateMachine<Connection: Sendable, Waiter: Sendable>: Sendable {
    typealias Lease = PoolLease<Connection>

    enum Action: Sendable {
        case open(slot: Int, after: Duration)
        case grant(Waiter, Lease)
        case refuse(Waiter, PoolRefusal)
        case close(Connection)
        /// Nothing is left to do: the pool has drained.
        case finish
    }

    private enum Slot: Sendable {
        /// Being opened, for the n-th time in a row.
        case opening(attempt: Int)
        case idle(Connection)
        case leased
        case retired
    }

    private struct Entry: Sendable {
        let id: Int
        let waiter: Waiter
        let deadline: ContinuousClock.Instant
    }

    private let maxWaiters: Int
    private let waitTimeout: Duration
    private let backoff: ReconnectBackoff
    private var slots: [Slot]
    /// Slots with an idle connection; the one used last is used next, so that its caches are warm.
    private var idle: [Int] = []
    private var waiters: [Entry] = []
    private(set) var isShutDown = false

    init(size: Int, maxWaiters: Int, waitTimeout: Duration, backoff: ReconnectBackoff) {
        precondition(size > 0 && maxWaiters >= 0, "a pool has at least one connection")
        self.maxWaiters = maxWaiters
        self.waitTimeout = waitTimeout
        self.backoff = backoff
        slots = Array(repeating: .opening(attempt: 1), count: size)
    }

    var availability: PoolAvailability {
        var availability = PoolAvailability(size: slots.count, open: 0, leased: 0, waiters: waiters.count)
        for slot in slots {
            switch slot {
            case .idle: availability.open += 1
            case .leased:
                availability.open += 1
                availability.leased += 1
            case .opening, .retired: break
            }
        }
        return availability
    }

    /// When the first waiter expires, if there is one.
    var nextDeadline: ContinuousClock.Instant? { waiters.first?.deadline }

    /// The pool begins to run.
    func start() -> [Action] {
        slots.indices.map { .open(slot: $0, after: .zero) }
    }

    /// Nil when the waiter was put into the queue.
    mutating func acquire(_ waiter: Waiter, id: Int, isCancelled: Bool, now: ContinuousClock.Instant) -> Action? {
        if isShutDown { return .refuse(waiter, .shutDown) }
        if isCancelled { return .refuse(waiter, .cancelled) }
        if let slot = idle.popLast(), case .idle(let connection) = slots[slot] {
            slots[slot] = .leased
            return .grant(waiter, Lease(slot: slot, connection: connection))
        }
        guard waiters.count < maxWaiters else { return .refuse(waiter, .queueFull) }
        waiters.append(Entry(id: id, waiter: waiter, deadline: now + waitTimeout))
        return nil
    }

    /// The waiter's task was cancelled; does nothing when it is no longer in the queue.
    mutating func cancel(id: Int) -> Action? {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return nil }
        return .refuse(waiters.remove(at: index).waiter, .cancelled)
    }

    mutating func expire(now: ContinuousClock.Instant) -> [Action] {
        let expired = waiters.prefix { $0.deadline <= now }
        waiters.removeFirst(expired.count)
        return expired.map { .refuse($0.waiter, .timedOut) }
    }

    /// A lease ends; a connection that broke meanwhile is replaced at once.
    mutating func release(_ lease: Lease, isAlive: Bool) -> [Action] {
        guard case .leased = slots[lease.slot] else { preconditionFailure("a lease was released twice") }
        if isShutDown { return retire(lease.slot) + [.close(lease.connection)] }
        if isAlive { return offer(lease) }
        slots[lease.slot] = .opening(attempt: 1)
        return [.close(lease.connection), .open(slot: lease.slot, after: .zero)]
    }

    mutating func opened(_ connection: Connection, slot: Int) -> [Action] {
        guard !isShutDown else { return [.close(connection)] }
        guard case .opening = slots[slot] else { preconditionFailure("a slot was opened twice") }
        return offer(Lease(slot: slot, connection: connection))
    }

    /// `jitter` is random, from 0 to 1.
    mutating func openFailed(slot: Int, jitter: Double) -> [Action] {
        guard !isShutDown else { return [] }
        guard case .opening(let attempt) = slots[slot] else { preconditionFailure("an open slot failed to open") }
        slots[slot] = .opening(attempt: attempt + 1)
        return [.open(slot: slot, after: backoff.delay(attempt: attempt, jitter: jitter))]
    }

    /// Refuses everyone who waits, closes what is idle; leases run to their end.
    mutating func shutDown() -> [Action] {
        guard !isShutDown else { return [] }
        isShutDown = true
        var actions = waiters.map { Action.refuse($0.waiter, .shutDown) }
        waiters.removeAll()
        idle.removeAll()
        for (index, slot) in slots.enumerated() {
            switch slot {
            case .idle(let connection):
                actions.append(.close(connection))
                slots[index] = .retired
            case .opening: slots[index] = .retired
            case .leased, .retired: break
            }
        }
        return isDrained ? actions + [.finish] : actions
    }

    private var isDrained: Bool {
        slots.allSatisfy { if case .retired = $0 { true } else { false } }
    }

    private mutating func retire(_ slot: Int) -> [Action] {
        slots[slot] = .retired
        return isDrained ? [.finish] : []
    }

    private mutating func offer(_ lease: Lease) -> [Action] {
        guard waiters.isEmpty else {
            slots[lease.slot] = .leased
            return [.grant(waiters.removeFirst().waiter, lease)]
        }
        slots[lease.slot] = .idle(lease.connection)
        idle.append(lease.slot)
        return []
    }
}

extension PoolStateMachine.Action: Equatable where Connection: Equatable, Waiter: Equatable {}
