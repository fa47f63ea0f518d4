import Queues
import ServiceRuntime
import Testing

@Suite struct QueueConfigurationTests {
    private static func read(_ values: [String: String]) throws -> [Queue: QueueConfiguration] {
        var settings = SettingsReader(layers: [values])
        let all = QueueConfiguration.all(settings: &settings)
        try settings.finish()
        return all
    }

    @Test func `the defaults are those that users know`() throws {
        let all = try Self.read([:])
        #expect(all[.bookings] == QueueConfiguration())
        #expect(all[.bookings]?.rate == nil)
        #expect(all[.notifications]?.rate == RateLimit(maxStarts: 2, window: .seconds(1)))
        #expect(all[.notifications]?.attempts == 3)
    }

    @Test func `a queue takes the defaults unless it has its own`() throws {
        let all = try Self.read([
            "QUEUE_DEFAULT_ATTEMPTS": "7", "QUEUE_DEFAULT_BACKOFF_TYPE": "fixed", "COURIER_COMMANDS_ATTEMPTS": "2",
            "COURIER_COMMANDS_BACKOFF_MS": "250", "COURIER_COMMANDS_RATE_MAX": "10", "COURIER_COMMANDS_RATE_SCOPE": "shop",
            "INTERNAL_BOOKING_EVENTS_CONCURRENCY": "64",
        ])
        #expect(all[.bookings]?.attempts == 7)
        #expect(all[.bookings]?.concurrency == 64)
        #expect(all[.courierCommands]?.attempts == 2)
        #expect(all[.courierCommands]?.backoff == Backoff(kind: .fixed, first: .milliseconds(250)))
        #expect(all[.courierCommands]?.rate == RateLimit(maxStarts: 10, window: .seconds(1), scope: .shop))
    }

    @Test func `a limit of nothing is no limit, and a bad value is refused`() throws {
        #expect(try Self.read(["SHOPIFY_ADMIN_NOTIFICATIONS_RATE_MAX": "0"])[.notifications]?.rate == .none)
        #expect(throws: ConfigurationError.self) { try Self.read(["COURIER_COMMANDS_BACKOFF_TYPE": "linear"]) }
    }

    @Test func `the window that is kept costs at most one percent of the rate`() {
        for milliseconds in [100, 1_000, 60_000] {
            let window = Duration.milliseconds(milliseconds)
            let kept = RateLimit(maxStarts: 2, window: window).keptWindow
            #expect(kept > window)
            #expect(kept <= window * 1.01)
        }
    }
}
