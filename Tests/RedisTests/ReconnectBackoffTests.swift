import Testing

@testable import Redis

@Suite struct ReconnectBackoffTests {
    let backoff = ReconnectBackoff(initial: .milliseconds(100), maximum: .seconds(1))

    @Test func `the delay doubles up to the maximum`() {
        let delays = [0, 1, 2, 3, 4, 5, 1_000_000].map { backoff.delay(afterAttempt: $0, jitter: 1) }
        #expect(delays == [100, 100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
    }

    @Test func `half of the delay is jitter`() {
        #expect(backoff.delay(afterAttempt: 3, jitter: 0) == .milliseconds(200))
        #expect(backoff.delay(afterAttempt: 3, jitter: 0.5) == .milliseconds(300))
    }
}
