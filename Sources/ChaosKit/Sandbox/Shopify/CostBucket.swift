/// The budget of one shop at the Admin API: it leaks back at a steady rate.
package struct CostBucket: Sendable {
    package let maximum: Double
    /// Points a second.
    package let restoreRate: Double
    private var available: Double
    private var updated: ContinuousClock.Instant

    package init(maximum: Double, restoreRate: Double, now: ContinuousClock.Instant) {
        self.maximum = maximum
        self.restoreRate = restoreRate
        available = maximum
        updated = now
    }

    /// What is there now.
    package mutating func refill(now: ContinuousClock.Instant) -> Double {
        let seconds = max(updated.duration(to: now) / .seconds(1), 0)
        available = min(maximum, available + seconds * restoreRate)
        updated = now
        return available
    }

    /// False when there is not enough; nothing is taken then.
    package mutating func take(_ cost: Double, now: ContinuousClock.Instant) -> Bool {
        guard refill(now: now) >= cost else { return false }
        available -= cost
        return true
    }
}
