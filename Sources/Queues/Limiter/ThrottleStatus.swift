/// What the Shopify Admin API says about the budget of a shop: points that flow back at a steady rate.
package struct ThrottleStatus: Sendable, Equatable {
    package var maximumAvailable: Double
    package var currentlyAvailable: Double
    /// Points a second.
    package var restoreRate: Double

    /// Nil for numbers that a bucket cannot have: they are not believed. Nor is less than a point a second, which would keep a shop
    /// waiting for hours.
    package init?(maximumAvailable: Double, currentlyAvailable: Double, restoreRate: Double) {
        guard maximumAvailable.isFinite, currentlyAvailable.isFinite, restoreRate.isFinite, maximumAvailable >= 1,
            restoreRate >= 1
        else { return nil }
        self.maximumAvailable = maximumAvailable
        self.currentlyAvailable = min(max(currentlyAvailable, 0), maximumAvailable)
        self.restoreRate = restoreRate
    }

    /// How long until so many points are there, up to a minute.
    package func wait(for points: Double) -> Duration {
        let missing = min(points, maximumAvailable) - currentlyAvailable
        return .seconds(min(max(missing / restoreRate, 0), 60))
    }
}
