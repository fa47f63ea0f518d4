package import ServiceRuntime

/// Whether orders have effects in the outside world, and how long they must be quiet before.
///
/// Keys: `BOOKING`, `BOOKING_SETTLE_MS`.
package struct BookingEffects: Sendable, Equatable {
    package var isOn: Bool
    /// How long an order must not change before a courier is asked to fetch it.
    package var settle: Duration

    package init(isOn: Bool = true, settle: Duration = .seconds(1)) {
        self.isOn = isOn
        self.settle = settle
    }

    package init(settings: inout SettingsReader) {
        isOn = settings.bool(
            "BOOKING",
            default: true,
            "Whether couriers are booked and shops told, at COURIER_SERVICE_URL and SHOPIFY_ADMIN_SERVICE_URL; off, orders are only merged."
        )
        settle = settings.duration(
            milliseconds: "BOOKING_SETTLE_MS",
            default: 1_000,
            in: 0...3_600_000,
            "How long an order must not change before a courier is asked to fetch it."
        )
    }
}
