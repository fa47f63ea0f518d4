import TestSystem
import Testing

/// Orders that do not come to rest.
extension BookingTests {
    private static func word(_ time: String, _ status: String = "paid", city: String) -> String {
        order(0, status, city: city).replacing("18:43:00", with: time)
    }

    @Test func `an order that never stops changing is booked after thirty settle times`() async throws {
        try await Self.with(settings: ["BOOKING_SETTLE_MS": "600000"]) { system, client in
            _ = try await client.shopify(Self.order(1))
            try await system.settled()
            try await system.execute("UPDATE jobs SET created_at = now() - interval '299 minutes'")
            _ = try await client.shopify(Self.order(2, city: "Giza"))
            try await system.settled()
            #expect(try await system.bookings() == ["1 claimed"])
            #expect(try await system.count("SELECT count(*) FROM jobs WHERE run_at < now() + interval '2 minutes'") == 1)
        }
    }

    /// It is paid, not wholly paid after all, paid again, and moves with every word.
    @Test func `a hundred words of a restless order make one booking`() async throws {
        let claimed = "SELECT count(*) FROM bookings WHERE state = 'claimed'"
        try await Self.withEffects { system in
            try await system.withOrchestrators(3, settings: ["BOOKING": "on"]) {
                try await system.withIngest { client async throws in
                    for minute in 0..<10 {
                        // Newer words come before older ones.
                        for second in (0..<10).reversed() {
                            let status = (minute + second) % 2 == 1 ? "paid" : "partially_paid"
                            _ = try await client.shopify(Self.word("18:4\(minute):0\(second)", status, city: "C\(second)"))
                        }
                        try await system.settled()
                        #expect(try await system.count(claimed) == (minute % 2 == 0 ? 1 : 0))
                    }
                    _ = try await client.shopify(Self.word("18:59:00", city: "Cairo"))
                    try await system.settled()
                }
            }
            #expect(try await system.orders().map(\.version) == [101])
            let states = try await system.texts("SELECT state FROM bookings ORDER BY attempt DESC")
            #expect(states.count >= 6 && states.first == "claimed" && Set(states.dropFirst()) == ["cancelled"], "\(states)")
            #expect(try await system.count("SELECT count(*) - count(DISTINCT key) FROM jobs WHERE key LIKE 'book:%'") == 0)
            #expect(try await system.brokenPromises() == [])
        }
    }
}
