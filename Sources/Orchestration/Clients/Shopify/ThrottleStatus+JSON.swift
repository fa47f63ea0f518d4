package import Orders
package import Queues

extension ThrottleStatus {
    /// Reads `extensions.cost.throttleStatus`; nil unless all three numbers are there and sensible.
    package init?(_ value: JSONValue?) {
        guard let value, let maximum = value.text("maximumAvailable").flatMap({ Double($0) }),
            let current = value.text("currentlyAvailable").flatMap({ Double($0) }),
            let rate = value.text("restoreRate").flatMap({ Double($0) })
        else { return nil }
        self.init(maximumAvailable: maximum, currentlyAvailable: current, restoreRate: rate)
    }
}
