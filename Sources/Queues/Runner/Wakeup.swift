import Synchronization

/// A bell that one task waits for; what rings while nobody waits is remembered once.
package final class Wakeup: Sendable {
    private struct State {
        var isRung = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Not rung.
    package init() {}

    /// Ends the wait under way, or the next one.
    package func ring() {
        let sleeper = state.withLock { state in
            state.isRung = state.sleeper == nil
            defer { state.sleeper = nil }
            return state.sleeper
        }
        sleeper?.resume()
    }

    /// Returns when it rings. Whoever cancels or stops the task rings, too.
    package func wait() async {
        await withCheckedContinuation { continuation in
            let isRung = state.withLock { state in
                defer { state.isRung = false }
                if !state.isRung { state.sleeper = continuation }
                return state.isRung
            }
            if isRung { continuation.resume() }
        }
    }

    /// Returns when it rings or at the deadline.
    func wait(until deadline: ContinuousClock.Instant) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                // Cut short when the bell was first.
                if (try? await Task.sleep(until: deadline, tolerance: .zero)) != nil { self.ring() }
            }
            await wait()
            group.cancelAll()
        }
    }
}
