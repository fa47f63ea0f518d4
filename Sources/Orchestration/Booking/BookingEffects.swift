import Queues
package import ServiceRuntime

/// Whether orders have effects in the outside world, how long they must be quiet before, and how long slow requests are
/// reckoned with.
///
/// Keys: `BOOKING`, `BOOKING_SETTLE_MS`, `BOOKING_CHECKS`, `BOOKING_CHECK_MS`.
package struct BookingEffects: Sendable, Equatable {
    package var isOn: Bool
    /// How long an order must not change before a courier is asked to fetch it.
    package var settle: Duration
    /// How many times a courier is asked, after an attempt was given up, whether it made a label after all: its request may have
    /// been slower than our patience.
    package var checks: Int32
    /// How long after the end of the attempt the first check is; each next wait is twice as long.
    package var checkAfter: Duration

    package init(
        isOn: Bool = true,
        settle: Duration = .seconds(1),
        checks: Int32 = 3,
        checkAfter: Duration = .seconds(300)
    ) {
        self.isOn = isOn
        self.settle = settle
        self.checks = checks
        self.checkAfter = checkAfter
    }

    /// From that long after the end of an attempt until its next check; nil when the last is over.
    ///
    /// By the clock, not by the checks so far: one that failed, because the courier was away or its worker died, must not
    /// bring the last one forward.
    func nextCheck(after age: Duration) -> Duration? {
        let waits = Backoff(kind: .exponential, first: checkAfter)
        var due = Duration.zero
        for check in 0..<Int(checks) {
            due += waits.delay(afterFailures: check + 1, jitter: 0)
            if due > age { return due - age }
        }
        return nil
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
            "How long an order must not change before a courier is asked to fetch it; 30 times as long is waited at most."
        )
        checks = Int32(
            settings.int(
                "BOOKING_CHECKS",
                default: 3,
                in: 0...10,
                unit: "checks",
                "How many times a courier is asked, after a booking was given up, whether it made a label after all: a slow request may have."
            )
        )
        checkAfter = settings.duration(
            milliseconds: "BOOKING_CHECK_MS",
            default: 300_000,
            in: 10...3_600_000,
            "How long after the booking was given up the first check comes; each next wait is twice as long, up to an hour."
        )
    }
}
