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

    func finish(_ ticket: CircuitBreakerStateMachine.Ticket, isAnswered: Bool) {
        let condition = machine.withLock { machine in
            machine.finish(ticket, isAnswered: isAnswered, now: .now)
            return machine.condition
        }
        isOpen.record(condition == .closed ? 0 : 1)
    }
}
