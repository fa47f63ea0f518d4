import Testing

@testable import Postgres

@Suite struct ReconnectBackoffTests {
    @Test func `The delay doubles up to its limit`() {
        let backoff = ReconnectBackoff()
        let delays = (1...7).map { backoff.delay(attempt: $0, jitter: 1) }
        #expect(delays == [50, 100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
    }

    @Test func `A million attempts do not overflow`() {
        #expect(ReconnectBackoff().delay(attempt: 1_000_000, jitter: 1) == .seconds(1))
    }

    @Test func `Jitter takes away at most half`() {
        #expect(ReconnectBackoff().delay(attempt: 1, jitter: 0) == .milliseconds(25))
    }
}
