import Synchronization

/// Which claimed jobs of a runner wait for their turn, so that it does not claim more than will get one, and which turns
/// they had.
package final class TurnLedger: Sendable {
    private struct State {
        var waiting: [String: Set<Int64>] = [:]
        var turns: [Int64: [Int64]] = [:]

        mutating func leave(_ job: Int64, scope: String) {
            waiting[scope]?.remove(job)
            if waiting[scope]?.isEmpty == true { waiting[scope] = nil }
        }
    }

    private let state = Mutex(State())

    package init() {}

    func wait(_ job: Int64, scope: String) {
        state.withLock { _ = $0.waiting[scope, default: []].insert(job) }
    }

    /// The job got a turn, at a time of its limit in microseconds.
    func take(_ job: Int64, scope: String, at time: Int64) {
        state.withLock { state in
            state.leave(job, scope: scope)
            state.turns[job, default: []].append(time)
        }
    }

    /// The job has ended; returns its turns, once.
    func leave(_ job: Int64, scope: String) -> [Int64] {
        state.withLock { state in
            state.leave(job, scope: scope)
            return state.turns.removeValue(forKey: job) ?? []
        }
    }

    func count(scope: String) -> Int {
        state.withLock { $0.waiting[scope]?.count ?? 0 }
    }
}
