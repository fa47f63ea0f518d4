import Synchronization

/// How many claimed jobs of a runner wait for their first turn, so that it does not claim more than will get one.
package final class TurnLedger: Sendable {
    private let waiting = Mutex<[String: Int]>([:])

    package init() {}

    func count(scope: String) -> Int {
        waiting.withLock { $0[scope] ?? 0 }
    }

    fileprivate func change(by difference: Int, scope: String) {
        waiting.withLock { waiting in
            let count = waiting[scope, default: 0] + difference
            waiting[scope] = count > 0 ? count : nil
        }
    }
}

/// The turns that one claimed job has had. It waits for the first of them from now on.
final class JobTurns: Sendable {
    private struct State {
        var isWaiting = true
        var times: [Int64] = []
    }

    private let ledger: TurnLedger
    private let scope: String
    private let state = Mutex(State())

    init(_ ledger: TurnLedger, scope: String) {
        self.ledger = ledger
        self.scope = scope
        ledger.change(by: 1, scope: scope)
    }

    /// The job got a turn, at a time of its limit in microseconds.
    func take(at time: Int64) {
        leave { $0.times.append(time) }
    }

    /// The job has ended; returns its turns.
    func end() -> [Int64] {
        leave { $0.times }
    }

    private func leave<Value>(_ change: (inout State) -> Value) -> Value {
        let (wasWaiting, value) = state.withLock { state in
            defer { state.isWaiting = false }
            return (state.isWaiting, change(&state))
        }
        if wasWaiting { ledger.change(by: -1, scope: scope) }
        return value
    }
}
