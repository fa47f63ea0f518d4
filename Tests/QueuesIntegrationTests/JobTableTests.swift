import Postgres
import Queues
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct JobTableTests {
    @Test func `a key makes one job, however often it is wanted, also after the job has ended`() async throws {
        try await JobBench.with { bench in
            try await bench.insert(JobBench.job("book:1"), JobBench.job("book:1"), JobBench.job("book:2"))
            try await bench.insert(JobBench.job("book:1"))
            #expect(try await bench.states() == ["book:1 ready", "book:2 ready"])
            let job = try #require(try await bench.claim().first)
            _ = try await bench.finish(job, .done(answer: nil))
            try await bench.insert(JobBench.job("book:1"))
            #expect(try await bench.states() == ["book:2 ready"])
            #expect(try await bench.system.texts("SELECT key || ' ' || outcome FROM finished_jobs") == ["book:1 done"])
        }
    }

    @Test func `a rolled-back transaction makes no job`() async throws {
        struct Rollback: Error {}
        try await JobBench.with { bench in
            await #expect(throws: Rollback.self) {
                try await bench.system.pool.transaction { transaction in
                    try transaction.pipeline([JobTable.insert([JobBench.job("book:1")])])
                    throw Rollback()
                }
            }
            try await bench.insert(JobBench.job("book:1"))
            #expect(try await bench.claim().count == 1)
        }
    }

    @Test func `a delayed job is not due, and says when it will be`() async throws {
        try await JobBench.with { bench in
            try await bench.insert(JobBench.job("book:1", delay: .seconds(60)))
            #expect(try await bench.claim().isEmpty)
            let due = try await bench.system.pool.withConnection {
                try JobTable.due(.bookings, behind: "", shops: 64, limit: 9, on: $0)
            }
            let next = try #require(due.next)
            #expect(due.shops.isEmpty && next > .seconds(30) && next <= .seconds(60))
            try await bench.passTime()
            #expect(try await bench.claim().map(\.key) == ["book:1"])
        }
    }

    @Test func `two workers never claim the same job`() async throws {
        try await JobBench.with { bench in
            try await bench.insert((1...300).map { JobBench.job("book:\($0)", order: $0) })
            // No lease ends while the test runs, however slow the machine.
            let patient = QueueConfiguration(deadline: .seconds(600))
            let claimed = try await withThrowingTaskGroup(of: [ClaimedJob].self) { group in
                for worker in 1...6 {
                    group.addTask {
                        var mine: [ClaimedJob] = []
                        while true {
                            let jobs = try await bench.claim(20, worker: "worker-\(worker)", configuration: patient)
                            if jobs.isEmpty { return mine }
                            mine += jobs
                        }
                    }
                }
                return try await group.reduce(into: [], +=)
            }
            #expect(Set(claimed.map(\.id)).count == claimed.count)
            // What one worker had locked, another skipped; nothing is left for good.
            #expect(try await claimed.count + bench.claim().count == 300)
        }
    }

    @Test func `only the holder of the last claim can finish a job`() async throws {
        try await JobBench.with { bench in
            try await bench.insert(JobBench.job("book:1"))
            let late = try #require(try await bench.claim(worker: "late").first)
            #expect(try await bench.claim().isEmpty)
            try await bench.passTime()
            let holder = try #require(try await bench.claim(worker: "holder").first)
            #expect(holder.attempt == 2)
            #expect(try await bench.finish(late, .done(answer: nil)) == JobTable.Finished())
            #expect(try await bench.finish(late, .dead(reason: "late", answer: nil)) == JobTable.Finished())
            #expect(try await bench.states() == ["book:1 running"])
            #expect(try await bench.finish(holder, .done(answer: Array("ok".utf8))) == JobTable.Finished(ended: 1))
            #expect(try await bench.finish(holder, .done(answer: nil)) == JobTable.Finished())
            #expect(try await bench.system.count("SELECT count(*) FROM finished_jobs WHERE attempt = 2") == 1)
        }
    }

    @Test func `a job is tried as often as configured and then dead with its last answer`() async throws {
        try await JobBench.with { bench in
            try await bench.insert(JobBench.job("book:1"))
            for attempt in 1...3 {
                let job = try #require(try await bench.claim().first)
                #expect(job.isLastAttempt == (attempt == 3))
                let finished = try await bench.finish(job, .retry(reason: "no \(attempt)", answer: [65]), delay: .seconds(60))
                #expect(finished == (attempt < 3 ? JobTable.Finished(waiting: 1) : JobTable.Finished(dead: 1)))
                #expect(try await bench.claim().isEmpty)
                try await bench.passTime()
            }
            #expect(try await bench.system.texts("SELECT last_error || convert_from(last_answer, 'UTF8') FROM jobs") == ["no 3A"])
        }
    }

    @Test func `a postponed job has not used an attempt`() async throws {
        try await JobBench.with { bench in
            try await bench.insert(JobBench.job("book:1"))
            for _ in 1...10 {
                let job = try #require(try await bench.claim().first)
                #expect(job.maxAttempts - job.attempt == 2)
                _ = try await bench.finish(job, .throttled(reason: "429", after: .seconds(1)), delay: .seconds(1))
                try await bench.passTime()
            }
        }
    }

    @Test func `a job knows for how long nobody has answered it, until somebody does`() async throws {
        try await JobBench.with { bench in
            func again(_ job: ClaimedJob, _ outcome: JobOutcome) async throws -> ClaimedJob {
                _ = try await bench.finish(job, outcome)
                try await bench.passTime()
                return try #require(try await bench.claim().first)
            }
            let silence = JobOutcome.leftAlone(reason: "no route", after: .zero, silence: .zero)
            try await bench.insert(JobBench.job("book:1"))
            var job = try #require(try await bench.claim().first)
            #expect(job.leftAloneFor == .zero)
            job = try await again(job, silence)
            #expect(job.leftAloneFor > .zero)
            try await bench.system.execute("UPDATE jobs SET left_alone_since = now() - interval '1 hour'")
            job = try await again(job, silence)
            #expect(job.leftAloneFor >= .seconds(3_600))
            job = try await again(job, .retry(reason: "the answer was 500"))
            #expect(job.leftAloneFor == .zero)
        }
    }

    @Test func `what is kept of an attempt has bounds, and nothing that PostgreSQL does not take`() async throws {
        try await JobBench.with { bench in
            try await bench.insert(JobBench.job("book:1"))
            let job = try #require(try await bench.claim().first)
            let reason = "a\0b" + String(repeating: "é", count: 2_000)
            let answer = [UInt8](repeating: 65, count: 20_000)
            let waiting = JobTable.Finished(waiting: 1)
            #expect(try await bench.finish(job, .retry(reason: reason, answer: answer), turns: Array(1...40)) == waiting)
            let kept = """
                SELECT left(last_error, 3) || ' ' || length(last_error) || ' ' || length(last_answer) || ' ' || cardinality(turns)
                    || ' ' || turns[1]
                FROM jobs
                """
            #expect(try await bench.system.texts(kept) == ["abé 999 16384 32 9"])
        }
    }

    @Test func `later jobs of an order wait behind an earlier one in its queue; others flow`() async throws {
        try await JobBench.with { bench in
            try await bench.insert(
                JobBench.job("book:1"),
                JobBench.job("book:2"),
                JobBench.job("notify:1", queue: .notifications),
                JobBench.job("other:1", order: 2)
            )
            let first = try await bench.claim()
            #expect(Set(first.map(\.key)) == ["book:1", "other:1"])
            #expect(try await bench.claim(queue: .notifications).map(\.key) == ["notify:1"])
            let booking = try #require(first.first { $0.key == "book:1" })
            _ = try await bench.finish(booking, .retry(reason: "later"), delay: .seconds(60))
            #expect(try await bench.claim().isEmpty)
            try await bench.passTime()
            let again = try #require(try await bench.claim().first { $0.key == "book:1" })
            _ = try await bench.finish(again, .dead(reason: "never", answer: nil))
            #expect(try await bench.claim().isEmpty)
        }
    }

    /// Gives finished_jobs the month before last, and the given jobs to it.
    private static func age(_ condition: String, _ system: TestSystem) async throws {
        try await system.execute(
            """
            SELECT prepare_month('finished_jobs', (date_trunc('month', now()) - interval '2 months')::date);
            SELECT attach_month('finished_jobs', (date_trunc('month', now()) - interval '2 months')::date);
            UPDATE finished_jobs SET finished_at = date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '40 days'
            WHERE \(condition)
            """
        )
    }

    private static let months = """
        SELECT count(*) FROM pg_inherits WHERE inhparent = 'finished_jobs'::regclass
        """

    @Test func `a month of jobs that ended long ago is dropped with their keys, unless a key is in use`() async throws {
        try await JobBench.with { bench in
            try await bench.insert((1...4).map { JobBench.job("book:\($0)", order: $0) })
            for job in try await bench.claim() { _ = try await bench.finish(job, .done(answer: nil)) }
            let months = try await bench.system.count(Self.months)
            try await Self.age("key <> 'book:3'", bench.system)
            // Keys that were freed, and are used again: by a job that waits, and by one that has ended since.
            try await bench.system.execute("DELETE FROM job_keys WHERE key IN ('book:2', 'book:4')")
            try await bench.insert(JobBench.job("book:2", order: 2), JobBench.job("book:4", order: 4))
            for job in try await bench.claim() where job.key == "book:4" { _ = try await bench.finish(job, .done(answer: nil)) }
            try await bench.system.pool.withConnection { connection in
                #expect(try JobTable.months(endedBefore: .seconds(90 * 86_400), on: connection).isEmpty)
                for var month in try JobTable.months(endedBefore: .seconds(86_400), on: connection) {
                    while try JobTable.forgetKeys(of: &month, on: connection) {}
                    try JobTable.drop(month, on: connection)
                }
            }
            #expect(try await bench.system.count(Self.months) == months)
            #expect(try await bench.system.texts("SELECT key FROM finished_jobs ORDER BY key") == ["book:3", "book:4"])
            #expect(try await bench.system.texts("SELECT key FROM job_keys ORDER BY key") == ["book:2", "book:3", "book:4"])
        }
    }

    @Test func `a month that somebody reads is not waited for, and dropped by the next call`() async throws {
        try await JobBench.with { bench in
            try await Self.age("true", bench.system)
            let months = try await bench.system.count(Self.months)
            let reader = try await bench.system.patientConnection()
            try await reader.execute(script: "BEGIN; SELECT count(*) FROM finished_jobs")
            func drop() async throws {
                try await bench.system.pool.withConnection { connection in
                    for month in try JobTable.months(endedBefore: .seconds(1), on: connection) {
                        try JobTable.drop(month, on: connection)
                    }
                }
            }
            let error = await #expect(throws: PostgresError.self) { try await drop() }
            #expect(error?.isLockTimeout == true)
            // Nobody waits behind it.
            #expect(try await bench.system.count("SELECT count(*) FROM finished_jobs") == 0)
            try await reader.execute(script: "COMMIT")
            await reader.close()
            try await drop()
            #expect(try await bench.system.count(Self.months) == months - 1)
        }
    }

    @Test func `what ended long ago and lies in no month is forgotten with its key, unless the key is in use`() async throws {
        try await JobBench.with { bench in
            try await bench.insert((1...3).map { JobBench.job("book:\($0)", order: $0) })
            for job in try await bench.claim() { _ = try await bench.finish(job, .done(answer: nil)) }
            try await bench.system.execute(
                "UPDATE finished_jobs SET finished_at = now() - interval '70 days' WHERE key <> 'book:3'"
            )
            // A key that was freed, and is used again.
            try await bench.system.execute("DELETE FROM job_keys WHERE key = 'book:2'")
            try await bench.insert(JobBench.job("book:2", order: 2))
            let forgotten = try await bench.system.pool.withConnection {
                try JobTable.forgetStray(endedBefore: .seconds(86_400), on: $0)
            }
            #expect(forgotten == 2)
            #expect(try await bench.system.texts("SELECT key FROM finished_jobs") == ["book:3"])
            #expect(try await bench.system.texts("SELECT key FROM job_keys ORDER BY key") == ["book:2", "book:3"])
        }
    }

    @Test
    func `a job whose worker did not come back is the next one, however many wait, also where its queue was paused meanwhile`()
        async throws
    {
        try await JobBench.with { bench in
            try await bench.insert((1...3).map { JobBench.job("book:\($0)", order: $0) })
            try await bench.system.execute(
                "UPDATE jobs SET created_at = created_at - interval '1 hour' / id, run_at = created_at"
            )
            let lost = try #require(try await bench.claim(1).first)
            #expect(try await bench.release() == 0)
            _ = try await bench.system.pool.transaction { try QueuePause.pause(.bookings, by: "test", in: &$0) }
            try await bench.system.execute(
                "UPDATE jobs SET run_at = now() - interval '1 ms', lease_until = now() - interval '1 ms' WHERE state = 'running'"
            )
            #expect(try await bench.release() == 1)
            #expect(try await bench.states() == ["book:1 ready", "book:2 ready", "book:3 ready"])
            #expect(try await bench.system.pool.transaction { try QueuePause.resume(.bookings, in: &$0) })
            #expect(try await bench.claim(1).map(\.key) == ["book:1"])
            // Whoever wakes up late changes nothing.
            #expect(try await bench.finish(lost, .done(answer: nil)) == JobTable.Finished())
        }
    }

    @Test func `a job that takes its worker along each time is dead in the end`() async throws {
        try await JobBench.with { bench in
            try await bench.insert(JobBench.job("book:1"))
            for _ in 1...3 {
                #expect(try await bench.claim().count == 1)
                try await bench.passTime()
            }
            #expect(try await bench.claim().isEmpty)
            let lost = try await bench.lost()
            #expect(lost.map(\.attempt) == [3])
            #expect(try await bench.bury(lost) == 1)
            #expect(try await bench.bury(lost) == 0)
            #expect(try await bench.states() == ["book:1 dead"])
        }
    }

    @Test func `a shop with a backlog does not hold up another, and a job without a shop is claimed`() async throws {
        try await JobBench.with { bench in
            try await bench.insert((1...50).map { JobBench.job("a:\($0)", order: $0, shop: "a.example") })
            try await bench.insert(JobBench.job("b:1", order: 51, shop: "b.example"), JobBench.job("c:1", order: 52, shop: ""))
            let claimed = try await bench.claim(5)
            #expect(claimed.map(\.shop).sorted() == ["-", "a.example", "a.example", "a.example", "b.example"])
        }
    }

    @Test func `shops take turns behind the one that was served last`() async throws {
        try await JobBench.with { bench in
            for (number, shop) in ["a", "b", "c"].enumerated() {
                try await bench.insert(JobBench.job(shop, order: number, shop: shop))
            }
            let shops = try await bench.system.pool.withConnection { connection in
                try JobTable.due(.bookings, behind: "b", shops: 64, limit: 1, on: connection).shops.map(\.shop)
            }
            #expect(shops == ["c", "a", "b"])
        }
    }
}
