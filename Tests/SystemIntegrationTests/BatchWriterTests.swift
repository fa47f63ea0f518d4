import HTTPServing
import NIOCore
import NIOPosix
import Postgres
import Synchronization
import TestSystem
import Testing

/// A writer that stores numbers, on a real PostgreSQL.
@Suite(.timeLimit(.minutes(5))) struct BatchWriterTests {
    /// Answered with the place in the log behind which its commit is.
    private final class Number: PendingCommit {
        let bytes = 8
        let isStorable: Bool
        let isAnswered = Atomic(false)
        let answer = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: String.self)

        init(isStorable: Bool = true) {
            self.isStorable = isStorable
        }

        func refuse(_ refusal: CoalescerRefusal) { answer.fail(refusal) }
    }

    private final class Committer: BatchCommitter {
        private static let insert = Statement(
            "test_number_insert",
            """
            WITH stored AS (INSERT INTO numbers SELECT unnest($1::bigint[]) RETURNING n)
            SELECT pg_current_wal_insert_lsn()::text FROM stored
            """
        )
        private static let hangUp = Statement("test_number_hang_up", "SELECT pg_terminate_backend(pg_backend_pid())")

        /// Commits that were left to a later flush.
        let deferred = Atomic(0)
        /// How many commits are stored and not answered, because the connection breaks.
        let breaks: Atomic<Int>
        let repeated = Mutex<[Int]>([])

        init(breaks: Int = 0) {
            self.breaks = Atomic(breaks)
        }

        func commit(
            _ batch: [Number],
            _ durability: Durability,
            on connection: isolated PostgresConnection
        ) throws -> [CommitResult<String>] {
            let numbers = batch.filter(\.isStorable).map { _ in Int64(1) }
            var places: [String] = []
            if !numbers.isEmpty {
                places = try connection.query(Self.insert, [.int8s(numbers)], durability: durability).map { try $0.decode(0) }
            }
            if breaks.subtract(1, ordering: .relaxed).oldValue > 0 { _ = try connection.query(Self.hangUp) }
            if durability == .deferred { deferred.add(1, ordering: .relaxed) }
            return batch.map { $0.isStorable ? .success(places[0]) : .failure(.unstorable) }
        }

        func commitAgain(
            _ batch: [Number],
            after error: any Error,
            on connection: isolated PostgresConnection
        ) throws -> [CommitResult<String>] {
            repeated.withLock { $0.append(batch.count) }
            if breaks.subtract(1, ordering: .relaxed).oldValue > 0 { _ = try connection.query(Self.hangUp) }
            return batch.map { _ in .success("asked") }
        }

        func answer(_ batch: [Number], _ outcomes: [CommitResult<String>]) {
            for (number, outcome) in zip(batch, outcomes) {
                number.isAnswered.store(true, ordering: .relaxed)
                number.answer.completeWith(outcome.mapError { $0 as any Error })
            }
        }
    }

    /// - Parameter linger: for how long a round waits for senders that are expected back.
    private static func with(
        _ committer: Committer,
        linger: Duration,
        _ body: (TestSystem, Coalescer) async throws -> Void
    ) async throws {
        try await TestSystem.with { system async throws in
            try await system.execute("CREATE TABLE numbers (n bigint)")
            let limits = CoalescerLimits(
                batchRows: 16,
                batchBytes: 1_000,
                partRows: 1,
                lingerRows: 2,
                waiting: 16,
                waitingBytes: 1_000
            )
            let timers = MultiThreadedEventLoopGroup.singleton.next()
            let coalescer = Coalescer(name: "test", limits: limits, linger: linger, timers: timers)
            let writer = BatchWriter(
                name: "test",
                coalescer: coalescer,
                committer: committer,
                database: system.database,
                logger: system.logger
            )
            try await system.running([writer]) {
                while !coalescer.isAvailable { try await Moment.pass() }
                try await body(system, coalescer)
            }
        }
    }

    /// Who was committed before the last part is answered with it. That part stores nothing when it is empty because nobody came
    /// in time, or when it is refused.
    @Test(arguments: [true, false])
    func `a round whose last part stores nothing is on disk before it is answered`(isRefused: Bool) async throws {
        let committer = Committer()
        try await Self.with(committer, linger: .milliseconds(isRefused ? 500 : 20)) { system, coalescer in
            var rounds = 0
            while rounds < 50 {
                try await Moment.pass()
                let before = committer.deferred.load(ordering: .relaxed)
                // When the first is answered, its sender is expected back, and the second is committed meanwhile; unless it comes
                // so late that there are no parts.
                let (first, second) = (Number(), Number())
                coalescer.submit(first)
                coalescer.submit(second)
                func isParted() -> Bool { committer.deferred.load(ordering: .relaxed) > before }
                while !isParted(), !second.isAnswered.load(ordering: .relaxed) { try await Moment.pass() }
                if isRefused {
                    let last = Number(isStorable: false)
                    coalescer.submit(last)
                    await #expect(throws: CoalescerRefusal.unstorable) { try await last.answer.futureResult.get() }
                }
                _ = try await first.answer.futureResult.get()
                let place = try await second.answer.futureResult.get()
                #expect(try await system.texts("SELECT (pg_current_wal_flush_lsn() > '\(place)')::text") == ["true"])
                if isParted() { rounds += 1 }
            }
        }
    }

    @Test func `a batch whose commit was not answered is asked about over another connection`() async throws {
        let committer = Committer(breaks: 1)
        try await Self.with(committer, linger: .zero) { system, coalescer async throws in
            let number = Number()
            coalescer.submit(number)
            #expect(try await number.answer.futureResult.get() == "asked")
            #expect(committer.repeated.withLock { $0 } == [1])
            #expect(try await system.count("SELECT count(*) FROM numbers") == 1)
        }
    }

    @Test func `a batch that cannot be asked about either is refused, and the next one is committed`() async throws {
        let committer = Committer(breaks: 2)
        try await Self.with(committer, linger: .zero) { system, coalescer async throws in
            let (number, next) = (Number(), Number())
            coalescer.submit(number)
            await #expect(throws: CoalescerRefusal.failed) { try await number.answer.futureResult.get() }
            while !coalescer.isAvailable { try await Moment.pass() }
            coalescer.submit(next)
            #expect(try await next.answer.futureResult.get() != "asked")
            #expect(committer.repeated.withLock { $0 } == [1])
        }
    }
}
