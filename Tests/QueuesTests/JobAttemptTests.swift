import FoundationEssentials
import Testing

@testable import Queues

@Suite struct JobAttemptTests {
    private struct Deaf: JobHandler {
        func run(_ job: ClaimedJob) async throws -> JobOutcome { .retry(reason: "not now") }
        func giveUp(_ job: ClaimedJob, because reason: String) async throws -> Bool { throw CancellationError() }
    }

    private struct Settled: JobHandler {
        func run(_ job: ClaimedJob) async throws -> JobOutcome { .retry(reason: "not now") }
        func giveUp(_ job: ClaimedJob, because reason: String) async throws -> Bool { false }
    }

    /// In its last attempt, after so many postponements.
    private static func job(postponed: Int32 = 0) -> ClaimedJob {
        ClaimedJob(
            id: 1,
            queue: .bookings,
            key: "book:1",
            orderID: UUID(),
            shop: "a.example",
            input: [],
            attempt: 3 + postponed,
            maxAttempts: 3 + postponed
        )
    }

    @Test func `a job that cannot be given up waits longer each time, and five minutes at most`() async {
        let attempt = JobAttempt(handler: Deaf(), deadline: .seconds(60), attempts: 3, patience: .seconds(900))
        var waits: [Duration] = []
        for postponed in 0..<12 as Range<Int32> {
            guard case .postpone(_, let wait) = await attempt.run(Self.job(postponed: postponed)) else { continue }
            waits.append(wait)
        }
        #expect(waits.prefix(4) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(waits.count == 12 && waits.last == .seconds(300))
    }

    private struct Unreached: JobHandler {
        var silence: Duration
        func run(_ job: ClaimedJob) async throws -> JobOutcome {
            .leftAlone(reason: "no route", after: .seconds(1), silence: silence)
        }
    }

    @Test(arguments: [(899, 5_000), (5_000, 899)])
    func `who is out of reach is waited for until both the silence and the job's wait have lasted as long as patience`(
        silence: Int,
        wait: Int
    ) async {
        let attempt = JobAttempt(
            handler: Unreached(silence: .seconds(silence)),
            deadline: .seconds(60),
            attempts: 3,
            patience: .seconds(900)
        )
        var job = Self.job()
        job.leftAloneFor = .seconds(wait)
        let outage = JobOutcome.leftAlone(reason: "no route", after: .seconds(1), silence: .seconds(silence))
        #expect(await attempt.run(job) == outage)
    }

    @Test func `who has answered nobody for longer than patience lasts is not waited for by a job that has waited as long`() async
    {
        let attempt = JobAttempt(
            handler: Unreached(silence: .seconds(903)),
            deadline: .seconds(60),
            attempts: 3,
            patience: .seconds(900)
        )
        var job = Self.job()
        job.leftAloneFor = .seconds(900)
        #expect(await attempt.run(job) == .dead(reason: "no route; no answer for 903 s", answer: nil))
    }

    @Test func `a job that nobody wants when it is given up is no dead letter`() async {
        let attempt = JobAttempt(handler: Settled(), deadline: .seconds(60), attempts: 3, patience: .seconds(900))
        #expect(await attempt.run(Self.job()) == .unwanted(because: "not now"))
    }
}
