/// Compares the calls that came with what is allowed.
struct WindowWatch: Sendable {
    let limit: CallLimit
    /// How much closer two calls may arrive than they were started: the wire is not equally fast for both.
    let slack: Duration
    /// In the windows of the limit, and in those that are shorter by the slack: the second is what is judged.
    private(set) var exact: SlidingPeak
    private(set) var judged: SlidingPeak

    init(limit: CallLimit, slack: Duration) {
        self.limit = limit
        self.slack = min(slack, limit.window / 2)
        exact = SlidingPeak(window: limit.window)
        judged = SlidingPeak(window: limit.window - self.slack)
    }

    mutating func add(_ call: SandboxCall, at time: ContinuousClock.Instant) {
        guard call.isIn(limit.scope) else { return }
        exact.add(time)
        judged.add(time)
    }

    var assertion: Assertion {
        Assertion(
            "at most \(limit.calls) calls to \(limit.scope) in any \(limit.window)",
            judged.peak <= limit.calls,
            "worst \(judged.peak) (\(exact.peak) without the slack of \(slack)), \(exact.total) calls"
        )
    }
}
