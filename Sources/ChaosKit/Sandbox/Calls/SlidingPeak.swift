/// The most calls that ever came within one window of time, over all windows.
package struct SlidingPeak: Sendable {
    /// Calls remembered at once; a window with more of them counts as this many.
    package static let maxRemembered = 1 << 20

    private let window: Duration
    private var times: [ContinuousClock.Instant] = []
    private var first = 0
    package private(set) var peak = 0
    package private(set) var total = 0

    package init(window: Duration) {
        self.window = window
    }

    /// A call came; times never go back. Two calls exactly one window apart are not in one window.
    package mutating func add(_ time: ContinuousClock.Instant) {
        total += 1
        while first < times.count, times[first].duration(to: time) >= window || times.count - first >= Self.maxRemembered {
            first += 1
        }
        if first > 1_024, first * 2 > times.count {
            times.removeFirst(first)
            first = 0
        }
        times.append(time)
        peak = max(peak, times.count - first)
    }
}
