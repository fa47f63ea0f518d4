import Metrics
import Synchronization

/// How the calls to one destination went.
final class OutboundMetrics: Sendable {
    private struct Series: Hashable {
        let operation: String
        let outcome: String
    }

    private let destination: String
    /// Operations and outcomes are a few words each; what has been counted once is counted by the same handler again.
    private let calls = Mutex<[Series: Counter]>([:])
    private let timers = Mutex<[String: Timer]>([:])

    init(destination: String) {
        self.destination = destination
    }

    func called<Value>(_ operation: String, _ result: CallResult<Value>, took duration: Duration) {
        calls.withLock { calls in
            calls.handler(of: Series(operation: operation, outcome: result.outcome)) { series in
                Counter(
                    label: "outbound_calls_total",
                    dimensions: [("destination", destination), ("operation", operation), ("outcome", series.outcome)]
                )
            }
        }.increment()
        timers.withLock { timers in
            timers.handler(of: operation) { operation in
                Timer(label: "outbound_call_seconds", dimensions: [("destination", destination), ("operation", operation)])
            }
        }.record(duration: duration)
    }
}

extension Dictionary {
    fileprivate mutating func handler(of key: Key, make: (Key) -> Value) -> Value {
        if let known = self[key] { return known }
        let made = make(key)
        self[key] = made
        return made
    }
}
