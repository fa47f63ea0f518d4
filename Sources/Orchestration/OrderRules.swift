package import Orders
package import Queues
package import ServiceRuntime

/// What must be the same for every process: orchestrators keep to it, the console and `ordersctl` fold, explain and check by it.
///
/// Keys: `BOOKING_COD`, `BOOKING_AUTHORIZED`, and those of ``BookingEffects`` and of `RateLimit` for every queue.
package struct OrderRules: Sendable {
    package var booking: BookingPolicy
    package var effects: BookingEffects
    /// Of the queues that have one.
    package var limits: [Queue: RateLimit]

    package init(settings: inout SettingsReader) {
        booking = BookingPolicy(
            cashOnDelivery: settings.choice(
                "BOOKING_COD",
                default: BookingPolicy.Permission.allow,
                "Whether cash on delivery is booked before it is paid."
            ),
            authorized: settings.choice(
                "BOOKING_AUTHORIZED",
                default: BookingPolicy.Permission.deny,
                "Whether an authorized payment is enough to book."
            )
        )
        effects = BookingEffects(settings: &settings)
        limits = RateLimit.all(settings: &settings)
    }
}
