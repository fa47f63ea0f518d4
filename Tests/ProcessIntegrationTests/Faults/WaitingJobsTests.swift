import FoundationEssentials
import LocalServers
import TestSystem
import Testing

/// What a hundred thousand jobs that wait cost the processes that do them.
@Suite(.timeLimit(.minutes(5))) struct WaitingJobsTests {
    private static let waiting: Int64 = 100_000

    /// Each of another order, which is not there: nobody wants them, and finding that out is all their work. They are so long that
    /// together they would not fit.
    private static let insert = """
        INSERT INTO jobs (order_id, queue, key, shop, input, run_at)
        SELECT gen_random_uuid(), 'internal-booking-events', 'book:' || n, 'shop-' || n % 100 || '.example',
            convert_to('{"attempt":1,"intent":"book","more":"' || repeat('x', 2000) || '"}', 'UTF8'), now() - interval '1 hour'
        FROM generate_series(1, \(waiting)) AS n;
        ANALYZE jobs;
        """

    /// `VmHWM` of proc(5): the most memory the process ever had, in megabytes.
    private static func peakMemory(_ process: Int32) throws -> Double {
        let status = try #require(FileManager.default.contents(atPath: "/proc/\(process)/status"))
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }
        return try #require(kilobytes) / 1_024
    }

    /// What docs/runbook.md tells operators of.
    private static let metrics = [
        "jobs_live", "jobs_claimed_total", "jobs_outcomes_total", "jobs_schedule_to_start_seconds_count",
        "jobs_duration_seconds_count",
        "queue_paused",
    ]

    @Test func `jobs that wait are neither in the memory of an orchestrator nor in Redis`() async throws {
        try await PrivateServers.withRedis { redis, folder in
            try await TestSystem.with(ownRedis: redis.url) { system async throws in
                try await system.execute(Self.insert)
                let before = try await system.redisMemory()
                let settings = ["BOOKING": "on", "SHOPIFY_ADMIN_TOKEN": "sandbox"]
                try await system.withProcess("orchestrator", settings, in: folder) { program async throws in
                    let ended = "SELECT count(*) FROM finished_jobs WHERE outcome = 'cancelled'"
                    try await eventually("some of them have ended") { try await system.count(ended) >= 5_000 }
                    let memory = try Self.peakMemory(try #require(program.running.processID))
                    let grown = try await system.redisMemory() - before
                    #expect(try await system.count("SELECT count(*) FROM jobs") > Self.waiting / 2)
                    let metrics = try await program.admin.get("/metrics").body
                    let queue = #"{queue="internal-booking-events""#
                    for name in Self.metrics { #expect(metrics.contains("\n\(name)\(queue)"), "\(name)") }
                    print("\(memory) MB of memory, and \(grown) MB more in Redis")
                    #expect(memory < 150)
                    #expect(grown < 2)
                }
            }
        }
    }
}
