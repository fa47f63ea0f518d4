import Testing

@testable import ChaosKit

@Suite("A load schedule")
struct LoadScheduleTests {
    @Test func `of a closed loop sends everything once, as fast as connections come free`() {
        var schedule = LoadSchedule(count: 2, rate: nil, policy: nil, start: 0)
        #expect(schedule.next(now: 5) == .send(0, since: 5))
        #expect(schedule.next(now: 6) == .send(1, since: 6))
        #expect(schedule.next(now: 7) == .drain)
        #expect(schedule.ended(0, shouldRetry: true, now: 8) == false)
        #expect(!schedule.isFinished)
        #expect(schedule.ended(1, shouldRetry: false, now: 9) == false)
        #expect(schedule.next(now: 9) == .finished)
    }

    @Test func `of an open loop counts latency from the time a request was due, however late it goes out`() {
        var schedule = LoadSchedule(count: 3, rate: 1_000, policy: nil, start: 100)
        #expect(schedule.next(now: 100) == .send(0, since: 100))
        #expect(schedule.next(now: 101) == .wait(until: 1_000_100))
        #expect(schedule.next(now: 5_000_000) == .send(1, since: 1_000_100))
        #expect(schedule.next(now: 5_000_000) == .send(2, since: 2_000_100))
    }

    @Test func `sends a failed request again after the wait of its policy, up to the last attempt`() {
        var policy = RetryPolicy()
        policy.maxAttempts = 3
        var schedule = LoadSchedule(count: 1, rate: nil, policy: policy, start: 0)
        #expect(schedule.next(now: 0) == .send(0, since: 0))
        #expect(schedule.ended(0, shouldRetry: true, now: 10) == true)
        #expect(schedule.next(now: 10) == .wait(until: 100_000_010))
        #expect(schedule.next(now: 100_000_010) == .send(0, since: 100_000_010))
        #expect(schedule.ended(0, shouldRetry: true, now: 100_000_010) == true)
        #expect(schedule.next(now: 100_000_011) == .wait(until: 300_000_010))
        #expect(schedule.next(now: 300_000_010) == .send(0, since: 300_000_010))
        #expect(schedule.ended(0, shouldRetry: true, now: 300_000_011) == false)
        #expect(schedule.isFinished)
    }

    @Test func `sends nothing more once it is stopped, and ends when the last answer is in`() {
        var schedule = LoadSchedule(count: 9, rate: nil, policy: RetryPolicy(), start: 0)
        #expect(schedule.next(now: 0) == .send(0, since: 0))
        schedule.stop()
        #expect(schedule.next(now: 1) == .drain)
        #expect(schedule.ended(0, shouldRetry: true, now: 2) == false)
        #expect(schedule.next(now: 3) == .finished)
    }

    @Test func `waits longer with every attempt, up to a limit`() {
        let policy = RetryPolicy()
        #expect(
            (1...8).map { policy.delayNanoseconds(afterAttempt: $0) / 1_000_000 } == [
                100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000,
            ]
        )
    }
}
