import Postgres
import Queues
import TestSystem
import Testing

/// Jobs behind a dead letter of their order: set aside, and back when the letter is dealt with.
@Suite(.timeLimit(.minutes(5))) struct BlockedJobTests {
    /// Ways to deal with a dead letter.
    enum Way: CaseIterable {
        case requeue, discard, cancel, endStale

        func deal(_ letter: ClaimedJob, _ bench: JobBench) async throws {
            let meant = DeadLetters.Filter(queue: .bookings)
            switch self {
            case .requeue:
                _ = try await bench.system.pool.transaction { try DeadLetters.requeue(meant, ratePerSecond: 100, in: &$0) }
            case .discard:
                _ = try await bench.system.pool.transaction { try DeadLetters.discard(meant, reason: "test", in: &$0) }
            case .cancel:
                let end = JobTable.cancelGivenUp([(letter.orderID, letter.key)], because: "test")
                try await bench.system.pool.transaction { _ = try $0.commit(with: [end]) }
            case .endStale:
                #expect(try await bench.endStale([letter]) == 1)
            }
        }

        /// What is due then; behind a letter that is tried again the next one waits on.
        var due: [String] { self == .requeue ? ["book:1"] : ["book:2"] }
    }

    /// The first of two jobs of an order is a dead letter.
    private static func with(_ body: (JobBench, _ letter: ClaimedJob) async throws -> Void) async throws {
        try await JobBench.with { bench in
            try await bench.insert(JobBench.job("book:1"), JobBench.job("book:2"))
            let letter = try #require(try await bench.claim().first)
            _ = try await bench.finish(letter, .dead(reason: "never", answer: [65]))
            try await body(bench, letter)
        }
    }

    @Test(arguments: Way.allCases) func `what waits behind a dead letter is set aside, and due when it is dealt with`(
        way: Way
    ) async throws {
        try await Self.with { bench, letter in
            #expect(try await bench.setAside() == 1)
            #expect(try await bench.states() == ["book:1 dead", "book:2 blocked"])
            #expect(try await bench.setAside() == 0)
            #expect(try await bench.claim().isEmpty)
            let reports = try await bench.system.pool.withConnection { try QueueReport.all(on: $0) }
            let report = try #require(reports.first { $0.queue == .bookings })
            #expect((report.blocked, report.ready, report.left) == (1, 0, 0))
            try await way.deal(letter, bench)
            #expect(try await bench.claim().map(\.key) == way.due)
        }
    }

    @Test(arguments: Way.allCases) func `a letter that is dealt with at the same moment leaves nothing aside`(
        way: Way
    ) async throws {
        try await Self.with { bench, letter in
            let connection = try await bench.system.patientConnection()
            try await connection.execute(script: "BEGIN")
            #expect(try await JobTable.setAside(.bookings, on: connection) == 1)
            let pid: Int32 = try await connection.query(Statement("test_pid", "SELECT pg_backend_pid()"))[0].decode(0)
            async let dealt: Void = way.deal(letter, bench)
            let waiting = "SELECT count(*) FROM pg_stat_activity WHERE \(pid) = ANY (pg_blocking_pids(pid))"
            while try await bench.system.count(waiting) == 0 { try await Moment.pass() }
            try await connection.execute(script: "COMMIT")
            try await dealt
            await connection.close()
            #expect(try await bench.claim().map(\.key) == way.due)
        }
    }

    @Test func `a job behind one that comes due later comes due with it`() async throws {
        try await JobBench.with { bench in
            try await bench.insert(JobBench.job("book:1"), JobBench.job("book:2"), JobBench.job("other", order: 2))
            let first = try #require(try await bench.claim().first { $0.key == "book:1" })
            _ = try await bench.finish(first, .retry(reason: "later"), delay: .seconds(60))
            #expect(try await bench.setAside() == 1)
            #expect(try await bench.setAside() == 0)
            #expect(try await bench.states() == ["book:1 ready", "book:2 ready", "other running"])
            #expect(try await bench.system.count("SELECT count(DISTINCT run_at) FROM jobs WHERE state = 'ready'") == 1)
            try await bench.passTime()
            #expect(Set(try await bench.claim().map(\.key)) == ["book:1", "other"])
        }
    }

    @Test func `letters that others wait behind are looked at in pages, each once`() async throws {
        try await Self.with { bench, letter in
            try await bench.insert(JobBench.job("book:3"))
            try await bench.insert((1...JobTable.maxUpkeep).map { JobBench.job("more:\($0)", order: 2) })
            let other = try #require(try await bench.claim().first { $0.key == "more:1" })
            _ = try await bench.finish(other, .dead(reason: "never", answer: nil))
            var aside: [Int] = []
            repeat { aside.append(try await bench.setAside()) } while aside.last != 0
            #expect(aside == [JobTable.maxUpkeep, 1, 0])
            let first = try await bench.blockingLetters()
            #expect(first.letters.map(\.key) == ["book:1", "more:1"])
            #expect(first.letters.map(\.id) == [letter.id, other.id])
            let second = try await bench.blockingLetters(behind: first.last)
            #expect(second.letters.map(\.key) == ["more:1"])
            #expect(second.last == nil)
        }
    }

    @Test func `a dead letter that nobody wants any more is filed with its error and its answer`() async throws {
        try await Self.with { bench, letter async throws in
            #expect(try await bench.endStale([letter]) == 1)
            #expect(try await bench.endStale([letter]) == 0)
            let filed = "SELECT key || ' ' || outcome || ' ' || last_error || convert_from(answer, 'UTF8') FROM finished_jobs"
            #expect(try await bench.system.texts(filed) == ["book:1 cancelled neverA"])
        }
    }

    @Test func `a dead letter that was requeued meanwhile does not end`() async throws {
        try await Self.with { bench, letter in
            try await Way.requeue.deal(letter, bench)
            #expect(try await bench.endStale([letter]) == 0)
            #expect(try await bench.claim().map(\.key) == ["book:1"])
        }
    }
}
