import EventStore
import Postgres
import Queues
import Redis
import TestSystem
import Testing

/// What a hundred thousand jobs that wait cost those who claim: nothing here is a time, all of it is work that is counted.
@Suite(.timeLimit(.minutes(5))) struct BacklogTests {
    private static let waiting: Int64 = 100_000

    /// One shop that has nearly everything, and a small one behind it; every order has two jobs, the second waits for the first.
    private static let insert = """
        INSERT INTO jobs (order_id, queue, key, shop, input, run_at)
        SELECT ('00000000-0000-0000-0000-' || lpad((n / 2)::text, 12, '0'))::uuid, 'internal-booking-events', 'book:' || n,
            CASE WHEN n >= 99990 THEN 'small.example' ELSE 'big.example' END, '{}', now() - interval '1 hour'
        FROM generate_series(0, \(waiting - 1)) AS n;
        ANALYZE jobs;
        """

    /// What the server has counted for the table of jobs.
    private struct Work {
        var scans: Int64
        var rows: Int64
        var blocks: Int64

        /// Nobody else works on the table, so what this connection did is all there is.
        init(on connection: isolated PostgresConnection) throws {
            _ = try connection.query(Statement("test_flush_statistics", "SELECT pg_stat_force_next_flush()"))
            let row = try connection.query(Self.read)[0]
            scans = try row.decode(0)
            rows = try row.decode(1)
            blocks = try row.decode(2)
        }

        private static let read = Statement(
            "test_work",
            """
            SELECT t.seq_scan, t.seq_tup_read + t.idx_tup_fetch,
                io.heap_blks_read + io.heap_blks_hit + io.idx_blks_read + io.idx_blks_hit
            FROM pg_stat_user_tables AS t JOIN pg_statio_user_tables AS io USING (relid)
            WHERE t.schemaname = current_schema() AND t.relname = 'jobs'
            """
        )
    }

    /// Looks and claims as a runner does.
    private static func claim(_ room: Int, on connection: isolated PostgresConnection) throws -> [ClaimedJob] {
        let due = try JobTable.due(.bookings, behind: "", shops: 64, limit: room, on: connection)
        let quotas = ClaimPlan(due: due.shops, room: room).quotas.map { (shop: $0.shop, jobs: $0.jobs) }
        let configuration = QueueConfiguration()
        return try JobTable.claim(.bookings, quotas: quotas, worker: "one", configuration: configuration, on: connection)
    }

    @Test func `a claim reads what it takes, however much waits, and gives a small shop its share`() async throws {
        try await JobBench.with { bench in
            var database = bench.system.database
            database.serverSettings = PlannerSettings.byKey
            let connection = try await PostgresConnection.connect(database, logger: bench.system.logger)
            // A runner that started before there were any jobs has plans that were made for an empty table.
            for _ in 1...10 { #expect(try await Self.claim(16, on: connection).isEmpty) }
            try await bench.system.execute(Self.insert)
            let before = try await Work(on: connection)
            let claimed = try await Self.claim(16, on: connection)
            let after = try await Work(on: connection)
            await connection.close()
            #expect(claimed.count == 16 && claimed.count { $0.shop == "small.example" } == 5)
            #expect(after.scans == before.scans, "no scan of the whole table")
            // The table has 100,000 rows in 2,000 blocks; a few index look-ups for each job that is taken are some 500.
            let (rows, blocks) = (after.rows - before.rows, after.blocks - before.blocks)
            #expect((16...500).contains(rows), "\(rows) rows were read")
            #expect((16...1_500).contains(blocks), "\(blocks) blocks were read")
        }
    }

    @Test func `what waits behind dead letters costs a claim nothing once it is set aside, and its letters no search`()
        async throws
    {
        try await JobBench.with { bench in
            var database = bench.system.database
            database.serverSettings = PlannerSettings.byKey
            let connection = try await PostgresConnection.connect(database, logger: bench.system.logger)
            // Plans that were made for an empty table, those of the trigger too.
            try await bench.insert((1...20).map { JobBench.job("book:\($0)", order: $0) })
            for _ in 1...10 {
                let letter = try await Self.claim(1, on: connection)
                #expect(try await JobTable.setAside(.bookings, on: connection) == 0)
                #expect(try await JobTable.blockingLetters(.bookings, behind: nil, on: connection).letters.isEmpty)
                try await connection.execute(script: "UPDATE jobs SET state = 'dead', lease_until = NULL WHERE state = 'running'")
                #expect(try await JobTable.endStale(letter, on: connection) == 1)
            }
            try await bench.system.execute(
                """
                TRUNCATE jobs;
                \(Self.insert)
                UPDATE jobs SET state = 'dead' WHERE right(key, 1) IN ('0', '2', '4', '6', '8') AND shop = 'big.example';
                """
            )
            var aside = 0
            while case let count = try await JobTable.setAside(.bookings, on: connection), count > 0 { aside += count }
            #expect(aside == 49_995)
            func read(atMost rows: Int64, _ body: (PostgresConnection) async throws -> Void) async throws {
                let before = try await Work(on: connection)
                try await body(connection)
                let after = try await Work(on: connection)
                #expect(after.scans == before.scans, "no scan of the whole table")
                #expect(after.rows - before.rows <= rows, "\(after.rows - before.rows) rows were read")
                #expect(after.blocks - before.blocks <= 10 * rows, "\(after.blocks - before.blocks) blocks were read")
            }
            try await read(atMost: 500) { connection async throws in
                #expect(try await Self.claim(16, on: connection).map(\.shop) == Array(repeating: "small.example", count: 5))
            }
            var letters: [ClaimedJob] = []
            try await read(atMost: 4_000) { connection in
                letters = try await JobTable.blockingLetters(.bookings, behind: nil, on: connection).letters
            }
            #expect(letters.count == JobTable.maxUpkeep)
            try await read(atMost: 500) { connection async throws in
                #expect(try await JobTable.endStale(Array(letters.prefix(50)), on: connection) == 50)
            }
            await connection.close()
            #expect(
                try await bench.system.count("SELECT count(*) FROM jobs WHERE state = 'ready' AND shop = 'big.example'") == 50
            )
        }
    }

    @Test func `a shop that has nothing due costs a look one step, however much it has later`() async throws {
        let shops: Int64 = 1_000
        try await JobBench.with { bench in
            var database = bench.system.database
            database.serverSettings = PlannerSettings.byKey
            let connection = try await PostgresConnection.connect(database, logger: bench.system.logger)
            for _ in 1...10 { #expect(try await Self.claim(16, on: connection).isEmpty) }
            try await bench.system.execute(
                """
                INSERT INTO jobs (order_id, queue, key, shop, input, run_at)
                SELECT gen_random_uuid(), 'internal-booking-events', 'book:' || n, 'shop-' || n % \(shops), '{}',
                    now() + interval '1 hour'
                FROM generate_series(1, \(Self.waiting)) AS n;
                UPDATE jobs SET run_at = now() WHERE key = 'book:999';
                ANALYZE jobs;
                """
            )
            let before = try await Work(on: connection)
            let claimed = try await Self.claim(16, on: connection)
            let after = try await Work(on: connection)
            await connection.close()
            #expect(claimed.map(\.key) == ["book:999"])
            #expect(after.scans == before.scans, "no scan of the whole table")
            let (rows, blocks) = (after.rows - before.rows, after.blocks - before.blocks)
            #expect(rows <= shops + 100, "\(rows) rows were read")
            #expect(blocks <= 6 * shops, "\(blocks) blocks were read")
        }
    }

    @Test func `ended jobs leave the table of what waits, and Redis holds no entry for a job`() async throws {
        try await JobBench.with { bench in
            try await bench.system.execute(Self.insert)
            try await bench.withRedis { clients in
                let (redis, streams) = (clients[0], bench.system.streams)
                var ended = 0
                // As the merge and a finish do it: a doorbell for every commit, however many jobs it made or ended.
                while ended < 5_000 {
                    let jobs = try await bench.claim(1_000)
                    let finishes = jobs.map { JobTable.Finish($0, .done(answer: nil), delay: .zero) }
                    ended += try await bench.system.pool.withConnection { try JobTable.finish(finishes, on: $0).ended }
                    for _ in 0..<1_000 { try await streams.ring([.bookings], redis) }
                }
                #expect(try await bench.system.count("SELECT count(*) FROM jobs") == Self.waiting - Int64(ended))
                #expect(try await bench.system.count("SELECT count(*) FROM finished_jobs") == Int64(ended))
                // Redis trims whole nodes of a stream, of 100 entries each.
                let entries = try await redis.xlen(streams.key(.bookings))
                #expect((1...DoorbellStreams.maxQueueEntries + 100).contains(entries))
            }
        }
    }
}
