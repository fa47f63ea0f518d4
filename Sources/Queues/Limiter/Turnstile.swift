import Redis
import Synchronization

/// Where the jobs of one runner ask for turns and give them back: all that comes while one question is under way shares the
/// next one, so that a limit costs a busy runner little.
final class Turnstile: Sendable {
    enum Answer: Sendable {
        case turn(Limiter.Turn)
        /// None is free; to be asked again after this time.
        case wait(Duration)
        /// Redis cannot be asked, or the runner has stopped.
        case closed(String)
    }

    private struct Scope {
        var asking: [CheckedContinuation<Answer, Never>] = []
        var ended: [String] = []
    }

    private struct State {
        var scopes: [String: Scope] = [:]
        var isStopped = false
    }

    /// How long ended turns wait before Redis is asked again.
    private static let outageWait: Duration = .milliseconds(100)

    private let limiter: Limiter
    private let state = Mutex(State())
    private let bell = Wakeup()

    init(_ limiter: Limiter) {
        self.limiter = limiter
    }

    /// Asks for one turn.
    func ask(scope: String) async -> Answer {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isStopped { state.scopes[scope, default: Scope()].asking.append(continuation) }
                return !state.isStopped
            }
            if isOpen { bell.ring() } else { continuation.resume(returning: .closed("the runner has stopped")) }
        }
    }

    /// The call has ended, or will never be made.
    func giveBack(_ turn: Limiter.Turn, scope: String) {
        state.withLock { $0.scopes[scope, default: Scope()].ended.append(turn.name) }
        bell.ring()
    }

    /// Answers until it is stopped.
    func run() async {
        while true {
            let (scopes, isStopped) = state.withLock { state in
                defer { state.scopes = [:] }
                return (state.scopes, state.isStopped)
            }
            if scopes.isEmpty {
                if isStopped { return }
                await bell.wait()
                continue
            }
            await withDiscardingTaskGroup { group in
                for (name, scope) in scopes { group.addTask { await self.serve(scope, name) } }
            }
        }
    }

    /// No job is left that could ask.
    func stop() {
        state.withLock { $0.isStopped = true }
        bell.ring()
    }

    private func serve(_ scope: Scope, _ name: String) async {
        do {
            let grant = try await limiter.acquire(scope.asking.count, ended: scope.ended, scope: name)
            for (index, asking) in scope.asking.enumerated() {
                asking.resume(returning: index < grant.granted ? .turn(grant.turns[index]) : .wait(grant.wait))
            }
        } catch {
            for asking in scope.asking { asking.resume(returning: .closed("\(error)")) }
            let isStopped = state.withLock { state in
                // They count for long enough when nobody can be told any more.
                if !state.isStopped, !scope.ended.isEmpty { state.scopes[name, default: Scope()].ended += scope.ended }
                return state.isStopped
            }
            // Cancelled means that the runner ends.
            if !isStopped { try? await Task.sleep(for: Self.outageWait) }
        }
    }
}
