import Foundation
import NIOPosix
import Postgres
import Queues
import Redis
import ServiceRuntime
import TestSystem

/// What the tests of jobs share: making, claiming and ending them by hand.
struct JobBench {
    let system: TestSystem

    static func with(_ body: (JobBench) async throws -> Void) async throws {
        try await TestSystem.with { try await body(JobBench(system: $0)) }
    }

    static func order(_ number: Int) -> UUID {
        UUID(uuidString: "00000000-0000-0000-0000-" + String(repeating: "0", count: 12 - "\(number)".count) + "\(number)")
            ?? UUID()
    }

    static func job(
        _ key: String,
        order: Int = 1,
        queue: Queue = .bookings,
        shop: String = "a.example",
        delay: Duration = .zero
    ) -> NewJob {
        NewJob(queue: queue, key: key, orderID: Self.order(order), shop: shop, input: Array(#"{"n":1}"#.utf8), delay: delay)
    }

    /// As the merge does it: inside a transaction.
    func insert(_ jobs: NewJob...) async throws { try await insert(jobs) }

    func insert(_ jobs: [NewJob]) async throws {
        try await system.pool.transaction { transaction in
            _ = try transaction.commit(with: [JobTable.insert(jobs)])
        }
    }

    func claim(
        _ limit: Int = 100,
        queue: Queue = .bookings,
        worker: String = "one",
        configuration: QueueConfiguration = QueueConfiguration()
    ) async throws -> [ClaimedJob] {
        try await system.pool.withConnection { connection in
            let due = try JobTable.due(queue, behind: "", shops: 64, limit: limit, on: connection)
            let quotas = ClaimPlan(due: due.shops, room: limit).quotas.map { (shop: $0.shop, jobs: $0.jobs) }
            return try JobTable.claim(queue, quotas: quotas, worker: worker, configuration: configuration, on: connection)
        }
    }

    func finish(
        _ job: ClaimedJob,
        _ outcome: JobOutcome,
        delay: Duration = .zero,
        turns: [Int64] = []
    ) async throws -> JobTable.Finished {
        let finish = JobTable.Finish(job, outcome, delay: delay, turns: turns)
        return try await system.pool.withConnection { try JobTable.finish([finish], on: $0) }
    }

    func setAside(_ queue: Queue = .bookings) async throws -> Int {
        try await system.pool.withConnection { try JobTable.setAside(queue, on: $0) }
    }

    func blockingLetters(behind last: JobTable.BlockedJob? = nil) async throws -> JobTable.BlockingLetters {
        try await system.pool.withConnection { try JobTable.blockingLetters(.bookings, behind: last, on: $0) }
    }

    func endStale(_ letters: [ClaimedJob]) async throws -> Int {
        try await system.pool.withConnection { try JobTable.endStale(letters, on: $0) }
    }

    func release() async throws -> Int {
        try await system.pool.withConnection { try JobTable.release(.bookings, on: $0) }
    }

    func lost(_ queue: Queue = .bookings) async throws -> [ClaimedJob] {
        try await system.pool.withConnection { try JobTable.lost(queue, on: $0) }
    }

    func bury(_ jobs: [ClaimedJob]) async throws -> Int {
        try await system.pool.withConnection { try JobTable.bury(jobs, on: $0) }
    }

    /// Lets every lease run out and every wait end.
    func passTime() async throws {
        try await system.execute(
            """
            UPDATE jobs SET run_at = now() - interval '1 ms',
                lease_until = CASE WHEN lease_until IS NULL THEN NULL ELSE now() - interval '1 ms' END
            WHERE state <> 'dead'
            """
        )
    }

    func states() async throws -> [String] {
        try await system.texts("SELECT key || ' ' || state FROM jobs ORDER BY id")
    }

    /// A client of this system's Redis for as long as the body takes.
    func withRedis(_ count: Int = 1, _ body: ([RedisClient]) async throws -> Void) async throws {
        let clients = (0..<count).map { _ in
            RedisClient(configuration: system.redis, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: system.logger)
        }
        try await system.running(clients) {
            for client in clients { try await client.waitUntilConnected(timeout: .seconds(60)) }
            try await body(clients)
        }
    }
}
