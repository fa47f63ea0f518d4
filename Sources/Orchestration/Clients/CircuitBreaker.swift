import Metrics
import Synchronization

/// The circuit breaker of one destination, shared by all calls to it.
final class CircuitBreaker: Sendable {
    private let machine: Mutex<CircuitBreakerStateMachine>
    private let isOpen: Gauge

    init(destination: String, limits: CircuitBreakerStateMachine.Limits) {
        machine = Mutex(CircuitBreakerStateMachine(limits: limits))
        isOpen = Gauge(label: "outbound_breaker_open", dimensions: [("destination", destination)])
        isOpen.record(0)
    }

    func begin() -> CircuitBreakerStateMachine.Permission {
        machine.withLock { $0.begin(now: .now) }
    }

    func finish<Value>(_ ticket: CircuitBreakerStateMachine.Ticket, _ result: CallResult<Value>) {
        let condition = machine.withLock { machine in
            if case .notNow = result {
                machine.abandon(ticket, now: .now)
            } else {
                machine.finish(ticket, failure: result.failure, now: .now)
            }
            return machine.condition
        }
        isOpen.record(condition == .closed ? 0 : 1)
    }
}
