import Metrics

/// How the calls to one destination went.
struct OutboundMetrics: Sendable {
    private let destination: String

    init(destination: String) {
        self.destination = destination
    }

    func called<Value>(_ operation: String, _ result: CallResult<Value>, took duration: Duration) {
        let dimensions = [("destination", destination), ("operation", operation)]
        Counter(label: "outbound_calls_total", dimensions: dimensions + [("outcome", result.outcome)]).increment()
        Timer(label: "outbound_call_seconds", dimensions: dimensions).record(duration: duration)
    }
}
