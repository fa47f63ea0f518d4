import Synchronization

/// Which claimed jobs of a runner wait for their turn, so that it does not claim more than will get one.
package final class TurnLedger: Sendable {
    private let waiting = Mutex<[String: Set<Int64>]>([:])

    package init() {}

    func wait(_ job: Int64, scope: String) {
        waiting.withLock { _ = $0[scope, default: []].insert(job) }
    }

    /// The job got its turn, or ended without. Safe to repeat.
    func leave(_ job: Int64, scope: String) {
        waiting.withLock { waiting in
            waiting[scope]?.remove(job)
            if waiting[scope]?.isEmpty == true { waiting[scope] = nil }
        }
    }

    func count(scope: String) -> Int {
        waiting.withLock { $0[scope]?.count ?? 0 }
    }
}
