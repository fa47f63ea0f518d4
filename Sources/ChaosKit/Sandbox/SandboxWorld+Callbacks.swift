import FoundationEssentials
import Orders
import Synchronization

/// What became of the callbacks.
struct CallbackCounts: Sendable, Equatable {
    var told = 0
    var refused = 0
    var retried = 0
    var underWay = 0
}

extension SandboxWorld {
    /// Lets what is due happen; returns what is to be told now.
    func happen(limit: Int) -> [CallbackStep] {
        let now = now()
        return state.withLock { state in
            var telling: [CallbackStep] = []
            for step in state.timeline.due(at: now, limit: limit) {
                var step = step
                if !step.hasHappened {
                    guard state.courier.progress(step.reference, to: step.status) else { continue }
                    step.hasHappened = true
                    if step.tellsAt > now {
                        state.timeline.add(step)
                        continue
                    }
                }
                telling.append(step)
            }
            state.callbacks.underWay += telling.count
            return telling
        }
    }

    /// A callback was sent; what was not told is sent again later unless that is final.
    func told(_ step: CallbackStep, isTold: Bool, isFinal: Bool) {
        let now = now()
        state.withLock { state in
            state.callbacks.underWay = max(state.callbacks.underWay - 1, 0)
            if isTold {
                state.callbacks.told += 1
                guard let pause = step.repeatsAfter else { return }
                var again = step
                again.repeatsAfter = nil
                again.tellsAt = now.advanced(byMicroseconds: pause.microseconds)
                state.timeline.add(again)
            } else if isFinal {
                state.callbacks.refused += 1
            } else {
                state.callbacks.retried += 1
                let doubled = CallbackSender.firstWait * (1 << min(step.attempt - 1, 10))
                var again = step
                again.attempt += 1
                again.tellsAt = now.advanced(byMicroseconds: min(doubled, CallbackSender.longestWait).microseconds)
                state.timeline.add(again)
            }
        }
    }

    /// Moves a parcel by hand; false when it cannot move there.
    func move(_ reference: UUID, to status: SandboxShipment.Status) -> Bool {
        state.withLock { $0.courier.progress(reference, to: status) }
    }

    /// Other faults from now on.
    func replaceFaults(_ faults: [SandboxFault]) {
        state.withLock { $0.faults.replace(faults) }
    }

    /// Forgets everything but the options the sandbox was started with.
    func reset() {
        state.withLock { $0 = Self.fresh(options) }
    }
}
