import Synchronization

/// Waiting for a connection, and carrying out what the state machine decides.
extension PostgresPool {
    /// A connection, after a bounded wait in the queue.
    func acquire() async throws -> PoolLease<PostgresConnection> {
        let id = state.withLock { state in
            state.lastWaiterID += 1
            return state.lastWaiterID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                // Asked under the lock: a cancellation that came earlier is seen here, a later one finds the waiter.
                let action = state.withLock { state in
                    state.machine.acquire(waiter, id: id, isCancelled: Task.isCancelled, now: .now)
                }
                if let action { perform(action) }
            }
        } onCancel: {
            if let action = state.withLock({ $0.machine.cancel(id: id) }) { perform(action) }
        }
    }

    func perform(_ actions: [Machine.Action]) {
        for action in actions { perform(action) }
    }

    private func perform(_ action: Machine.Action) {
        switch action {
        case .open(let slot, let delay): openingsContinuation.yield(Opening(slot: slot, delay: delay))
        case .grant(let waiter, let lease): waiter.resume(returning: lease)
        case .refuse(let waiter, let refusal): waiter.resume(throwing: error(for: refusal))
        // Needs no call: the last reference closes the connection without blocking.
        case .close: break
        case .finish: openingsContinuation.finish()
        }
    }

    private func error(for refusal: PoolRefusal) -> PostgresError {
        switch refusal {
        case .queueFull: return PostgresError(.poolTimeout, "too many are waiting for a connection")
        case .cancelled: return PostgresError(.cancelled, "the task was cancelled")
        case .shutDown: return PostgresError(.closed, "the pool is shut down")
        case .timedOut:
            let reason = state.withLock { $0.openFailure }.map { "; the last attempt to open one failed: \($0)" } ?? ""
            return PostgresError(.poolTimeout, "no connection came free in time" + reason)
        }
    }
}
