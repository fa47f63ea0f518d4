import Queues
import Testing

@Suite struct BackoffTests {
    @Test func `an exponential backoff doubles with every failure`() {
        let backoff = Backoff(kind: .exponential, first: .seconds(5))
        #expect(
            (1...4).map { backoff.delay(afterFailures: $0, jitter: 0) } == [
                .seconds(5), .seconds(10), .seconds(20), .seconds(40),
            ]
        )
    }

    @Test func `a fixed backoff stays`() {
        let backoff = Backoff(kind: .fixed, first: .milliseconds(700))
        #expect(backoff.delay(afterFailures: 1, jitter: 0) == .milliseconds(700))
        #expect(backoff.delay(afterFailures: 9, jitter: 0) == .milliseconds(700))
    }

    @Test func `a quarter of the wait is left to chance, and no wait is longer than an hour`() {
        let backoff = Backoff(kind: .exponential, first: .seconds(4))
        #expect(backoff.delay(afterFailures: 1, jitter: 1) == .seconds(3))
        #expect(backoff.delay(afterFailures: 1_000, jitter: 0) == Backoff.longest)
        #expect(backoff.delay(afterFailures: 0, jitter: 0) == .seconds(4))
    }
}
