import Redis
import Synchronization

/// Where the jobs of one runner wait for turns and give them back. It asks Redis for all of them together, and only when an
/// answer can have changed, so that a limit costs a busy runner little.
final class Turnstile: Sendable {
    typealias Answer = TurnQueue.Answer

    private struct State {
        var queues: [String: TurnQueue] = [:]
        var waiters: [UInt64: CheckedContinuation<Answer, Never>] = [:]
        var isStopped = false
        /// Until when the loop sleeps unless it is rung for; nil while it is awake, and looks at everything before it sleeps.
        var sleepsUntil: ContinuousClock.Instant?
        let limit: RateLimit

        /// Changes the queue of a scope, which is kept only as long as there is something to remember.
        mutating func change<Result>(_ scope: String, _ change: (inout TurnQueue) -> Result) -> Result {
            defer { if queues[scope]?.isIdle == true { queues[scope] = nil } }
            let limit = limit
            return change(&queues[scope, default: TurnQueue(limit, now: .now)])
        }

        /// Whether the loop must be rung for: the queue of the scope has to be looked at before it wakes by itself.
        mutating func mustWake(for scope: String) -> Bool {
            guard let until = sleepsUntil, let due = queues[scope]?.due(now: .now), due < until else { return false }
            sleepsUntil = nil
            return true
        }
    }

    private let limiter: Limiter
    private let longestSleep: Duration
    private let state: Mutex<State>
    private let lastID = Atomic<UInt64>(0)
    private let bell = Wakeup()

    /// - Parameter longestSleep: of the loop, when nothing is to be asked.
    init(_ limiter: Limiter, longestSleep: Duration = .seconds(3_600)) {
        self.limiter = limiter
        self.longestSleep = longestSleep
        state = Mutex(State(limit: limiter.limit))
    }

    /// So many jobs are about to ask, or wait: where the limit has plenty, turns are taken for them meanwhile.
    func expect(_ jobs: Int, scope: String) {
        change(scope) { $0.expect(jobs, now: .now) }
    }

    /// Waits for one turn, in the order of asking; returns at once when one is in stock, or when there is none before the
    /// deadline. Cancelled, it is closed.
    func ask(scope: String, by deadline: ContinuousClock.Instant) async -> Answer {
        if let bundle = state.withLock({ $0.queues[scope]?.take(now: .now) }) { return .turn(bundle) }
        let id = lastID.add(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (answer, mustWake) = state.withLock { state -> (Answer?, Bool) in
                    if state.isStopped { return (.closed("the runner has stopped"), false) }
                    if Task.isCancelled { return (.closed("the attempt was cancelled"), false) }
                    if let bundle = state.queues[scope]?.take(now: .now) { return (.turn(bundle), false) }
                    state.waiters[id] = continuation
                    state.change(scope) { $0.wait(id, until: deadline) }
                    return (nil, state.mustWake(for: scope))
                }
                if let answer { continuation.resume(returning: answer) }
                if mustWake { bell.ring() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.change(scope) { $0.withdraw(id) }
                return state.waiters.removeValue(forKey: id)
            }
            waiter?.resume(returning: .closed("the attempt was cancelled"))
        }
    }

    /// The call of one turn has ended just now, or will never be made.
    func giveBack(_ bundle: Limiter.Bundle, scope: String) {
        let end = ContinuousClock.now
        change(scope) { $0.giveBack(bundle, end: end) }
    }

    /// No turn is handed out in the scope for that long, whoever asks: here from now on, elsewhere as soon as Redis has been told.
    func close(for time: Duration, scope: String) {
        let end = ContinuousClock.now + time
        change(scope) { $0.close(until: end) }
    }

    private func change(_ scope: String, _ change: (inout TurnQueue) -> Void) {
        let mustWake = state.withLock { state in
            state.change(scope, change)
            return state.mustWake(for: scope)
        }
        if mustWake { bell.ring() }
    }

    /// Asks Redis until it is stopped.
    func run() async {
        while true {
            let now = ContinuousClock.now
            let (questions, due, until, isStopped) = state.withLock { state in
                let due = state.queues.values.compactMap { $0.due(now: now) }.min()
                let until = due ?? now + longestSleep
                let questions = state.queues.keys.compactMap { scope in
                    state.queues[scope]?.ask(now: now).map { (scope: scope, question: $0) }
                }
                state.sleepsUntil = questions.isEmpty ? until : nil
                return (questions, due, until, state.isStopped)
            }
            if !questions.isEmpty {
                await withDiscardingTaskGroup { group in
                    for (scope, question) in questions { group.addTask { await self.ask(question, scope) } }
                }
            } else if isStopped, due == nil || Task.isCancelled {
                return
            } else {
                await bell.wait(until: until)
            }
        }
    }

    /// No job is left that could ask.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            for scope in Array(state.queues.keys) { state.change(scope) { $0.finish() } }
        }
        bell.ring()
    }

    private func ask(_ question: TurnQueue.Question, _ scope: String) async {
        do {
            let grant = try await limiter.acquire(
                question.wanted,
                spare: question.spare,
                returned: question.returned,
                held: question.held,
                close: question.closing.map { max(.zero, ContinuousClock.now.duration(to: $0)) } ?? .zero,
                scope: scope
            )
            answer(scope) { queue, _ in queue.answered(grant, now: .now) }
        } catch {
            // Cancelled means that the runner ends.
            answer(scope) { queue, isStopped in
                defer { if isStopped { queue.forget() } }
                return queue.failed(question, because: "\(error)", now: .now)
            }
        }
    }

    private func answer(_ scope: String, _ decide: (inout TurnQueue, Bool) -> [(id: UInt64, answer: Answer)]) {
        let answers = state.withLock { state in
            let isStopped = state.isStopped
            return state.change(scope) { decide(&$0, isStopped) }
                .compactMap { id, answer in state.waiters.removeValue(forKey: id).map { ($0, answer) } }
        }
        for (waiter, answer) in answers { waiter.resume(returning: answer) }
    }
}
