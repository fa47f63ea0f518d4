package import Orders

/// What the Shopify Admin API says about the budget of a shop: points that flow back at a steady rate.
package struct ThrottleStatus: Sendable, Equatable {
    package var maximumAvailable: Double
    package var currentlyAvailable: Double
    /// Points a second.
    package var restoreRate: Double

    package init(maximumAvailable: Double, currentlyAvailable: Double, restoreRate: Double) {
        self.maximumAvailable = maximumAvailable
        self.currentlyAvailable = currentlyAvailable
        self.restoreRate = restoreRate
    }

    /// Reads `extensions.cost.throttleStatus`; nil unless all three are there and sensible.
    package init?(_ value: JSONValue?) {
        guard let value,
            let maximum = value.text("maximumAvailable").flatMap({ Double($0) }), maximum > 0, maximum.isFinite,
            let current = value.text("currentlyAvailable").flatMap({ Double($0) }), current.isFinite,
            let rate = value.text("restoreRate").flatMap({ Double($0) }), rate > 0, rate.isFinite
        else { return nil }
        self.init(maximumAvailable: maximum, currentlyAvailable: min(max(current, 0), maximum), restoreRate: rate)
    }

    /// How long until so many points are there, up to a minute.
    package func wait(for points: Double) -> Duration {
        let missing = min(points, maximumAvailable) - currentlyAvailable
        return .seconds(min(max(missing / restoreRate, 0), 60))
    }
}
