import Logging
import Synchronization

/// What happens in the background while the pool runs.
extension PostgresPool {
    func shutDown() {
        perform(state.withLock { $0.machine.shutDown() })
    }

    /// Needs no wake-up call: whoever begins to wait during a sleep expires after its end.
    func expireWaiters() async {
        while !Task.isCancelled {
            let wakeUp = state.withLock { $0.machine.nextDeadline } ?? .now + waitTimeout
            // Throws only on cancellation, which ends the loop.
            try? await Task.sleep(until: wakeUp, clock: .continuous)
            perform(state.withLock { $0.machine.expire(now: .now) })
        }
    }

    func open(_ opening: Opening) async {
        do {
            try await Task.sleep(for: opening.delay)
            let connection = try await PostgresConnection.connect(configuration, logger: logger)
            perform(
                state.withLock { state in
                    state.openFailure = nil
                    return state.machine.opened(connection, slot: opening.slot)
                }
            )
        } catch is CancellationError {
            // The pool ends; the slot is retired already.
        } catch {
            let reason = String(describing: error)
            logger.warning("PostgreSQL connection failed to open, trying again", metadata: ["error": "\(reason)"])
            let jitter = Double.random(in: 0...1)
            perform(
                state.withLock { state in
                    state.openFailure = reason
                    return state.machine.openFailed(slot: opening.slot, jitter: jitter)
                }
            )
        }
    }
}
