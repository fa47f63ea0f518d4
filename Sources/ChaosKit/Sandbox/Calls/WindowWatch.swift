/// Compares the calls that came with what is allowed, without any slack: a caller that keeps a limit keeps it here.
struct WindowWatch: Sendable {
    let limit: CallLimit
    private(set) var windows: SlidingPeak

    init(limit: CallLimit) {
        self.limit = limit
        windows = SlidingPeak(window: limit.window)
    }

    mutating func add(_ call: SandboxCall, at time: ContinuousClock.Instant) {
        guard call.isIn(limit.scope) else { return }
        windows.add(time)
    }

    var assertion: Assertion {
        Assertion(
            "at most \(limit.calls) calls to \(limit.scope) in any \(limit.window)",
            windows.peak <= limit.calls,
            "worst \(windows.peak), \(windows.total) calls"
        )
    }
}
