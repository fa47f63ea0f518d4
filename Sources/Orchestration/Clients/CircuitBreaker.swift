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

    /// - Parameter failure: why there was no usable answer; nil when there was one.
    func finish(_ ticket: CircuitBreakerStateMachine.Ticket, failure: String?) {
        let condition = machine.withLock { machine in
            machine.finish(ticket, failure: failure, now: .now)
            return machine.condition
        }
        isOpen.record(condition == .closed ? 0 : 1)
    }
}
