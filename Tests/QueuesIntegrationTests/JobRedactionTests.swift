import Postgres
import Queues
import TestSystem
import Testing

/// What a worker has learnt before its order lost its personal data, and writes down after it.
@Suite(.timeLimit(.minutes(5))) struct JobRedactionTests {
    private static let answer = Array("Mariam is not at home".utf8)

    private static let outcomes: [JobOutcome] = [
        .done(answer: answer), .cancelled(reason: "Mariam went away"), .retry(reason: "Mariam said no", answer: answer),
        .postpone(reason: "Mariam sleeps", after: .seconds(1)), .dead(reason: "Mariam said no", answer: answer),
    ]

    /// Orders that still say who ordered, by the rows of their jobs.
    private static let traces = """
        SELECT DISTINCT o.ref_id
        FROM orders AS o
        JOIN (
            SELECT order_id, last_error, last_answer, NULL AS reason FROM jobs
            UNION ALL SELECT order_id, last_error, answer, reason FROM finished_jobs
        ) AS j ON j.order_id = o.id
        WHERE concat(j.last_error, j.reason, convert_from(j.last_answer, 'UTF8')) LIKE '%Mariam%'
        ORDER BY 1
        """

    /// Orders 1 to `count` of one shop.
    private static func insertOrders(_ count: Int, _ system: TestSystem) async throws {
        for number in 1...count {
            try await system.execute(
                "INSERT INTO orders (id, source, shop, ref_id) VALUES ('\(JobBench.order(number))', 'shopify', 's', '\(number)')"
            )
        }
    }

    private static func redaction(of refID: String) -> String {
        "INSERT INTO redactions (source, shop, ref_id, requested_at) VALUES ('shopify', 's', '\(refID)', now())"
    }

    @Test(arguments: outcomes, ["1", ""])
    func `a job that ends after its order was redacted keeps neither answer nor reason`(
        outcome: JobOutcome,
        redacted: String
    ) async throws {
        try await JobBench.with { bench in
            try await Self.insertOrders(2, bench.system)
            try await bench.insert(JobBench.job("book:1", order: 1), JobBench.job("book:1", order: 2))
            let jobs = try await bench.claim()
            #expect(jobs.count == 2)
            try await bench.system.execute(Self.redaction(of: redacted))
            for job in jobs { _ = try await bench.finish(job, outcome) }
            #expect(try await bench.system.texts(Self.traces) == (redacted.isEmpty ? [] : ["2"]))
            let ended = "SELECT (SELECT count(*) FROM finished_jobs) + (SELECT count(*) FROM jobs WHERE state <> 'running')"
            #expect(try await bench.system.count(ended) == 2)
        }
    }

    /// Whoever does not see the redaction must have ended before it is in force, or nobody would remove what it writes.
    @Test func `a job does not end while a redaction is being written down`() async throws {
        try await JobBench.with { bench in
            try await Self.insertOrders(1, bench.system)
            try await bench.insert(JobBench.job("book:1"))
            let job = try #require(try await bench.claim().first)
            let writer = try await bench.system.patientConnection()
            try await writer.execute(script: "BEGIN")
            try await writer.execute(script: "SELECT pg_advisory_xact_lock(hashtext('redactions ' || current_schema()))")
            try await writer.execute(script: Self.redaction(of: "1"))
            async let finished = bench.finish(job, .done(answer: Self.answer))
            let waiting = """
                SELECT count(*) FROM pg_locks
                WHERE locktype = 'advisory' AND mode = 'ShareLock' AND NOT granted
                    AND objid = (hashtext('redactions ' || current_schema())::bigint & 4294967295)::oid
                """
            while try await bench.system.count(waiting) == 0 { try await Moment.pass() }
            try await writer.execute(script: "COMMIT")
            #expect(try await finished == JobTable.Finished(ended: 1))
            await writer.close()
            #expect(try await bench.system.texts(Self.traces) == [])
        }
    }
}
