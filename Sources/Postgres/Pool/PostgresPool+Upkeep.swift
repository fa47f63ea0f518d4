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
            let (actions, outage) = state.withLock { state in
                (state.machine.opened(connection, slot: opening.slot), state.openFailure.take())
            }
            if outage != nil { logger.info("PostgreSQL can be reached again.") }
            perform(actions)
        } catch is CancellationError {
            // The pool ends; the slot is retired already.
        } catch {
            let reason = String(describing: error)
            let jitter = Double.random(in: 0...1)
            let (actions, before) = state.withLock { state in
                defer { state.openFailure = reason }
                return (state.machine.openFailed(slot: opening.slot, jitter: jitter), state.openFailure)
            }
            // What has been said is not said again for every slot and attempt.
            logger.log(
                level: reason == before ? .debug : .warning,
                "PostgreSQL cannot be reached; trying again until it can.",
                metadata: ["error": "\(reason)"]
            )
            perform(actions)
        }
    }
}
