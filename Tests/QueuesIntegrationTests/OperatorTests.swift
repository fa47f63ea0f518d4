import Postgres
import Queues
import TestSystem
import Testing

@Suite(.timeLimit(.minutes(5))) struct OperatorTests {
    @Test func `nothing is claimed after a pause has returned, and everything after the resume`() async throws {
        try await JobBench.with { bench in
            try await bench.insert((1...400).map { JobBench.job("book:\($0)", order: $0) })
            let before = try await withThrowingTaskGroup(of: Int.self) { group in
                for worker in 1...4 {
                    group.addTask {
                        var claimed = 0
                        while true {
                            let jobs = try await bench.claim(5, worker: "worker-\(worker)")
                            if jobs.isEmpty { return claimed }
                            claimed += jobs.count
                        }
                    }
                }
                _ = try await bench.system.pool.transaction { try QueuePause.pause(.bookings, by: "test", in: &$0) }
                let running = Int(try await bench.system.count("SELECT count(*) FROM jobs WHERE state = 'running'"))
                let claimed = try await group.reduce(0, +)
                #expect(claimed == running)
                return running
            }
            #expect(try await bench.claim().isEmpty)
            let reports = try await bench.system.pool.withConnection { try QueueReport.all(on: $0) }
            #expect(reports.first { $0.queue == .bookings }?.pause?.by == "test")
            #expect(reports.first { $0.queue == .bookings }?.ready == 400 - before)
            #expect(try await bench.system.pool.transaction { try QueuePause.resume(.bookings, in: &$0) })
            #expect(try await bench.claim(400).count == 400 - before)
        }
    }

    @Test func `a pause holds up its own queue only`() async throws {
        try await JobBench.with { bench in
            try await bench.insert(JobBench.job("a"), JobBench.job("b", queue: .notifications))
            _ = try await bench.system.pool.transaction { try QueuePause.pause(.bookings, by: "test", in: &$0) }
            #expect(try await bench.claim().isEmpty)
            #expect(try await bench.claim(queue: .notifications).count == 1)
        }
    }

    @Test func `dead letters that match get fresh attempts, at the given rate`() async throws {
        try await JobBench.with { bench in
            try await bench.insert(
                (1...10).map { JobBench.job("book:\($0)", order: $0, shop: $0 > 6 ? "b.example" : "a.example") }
            )
            let dead = try await bench.claim()
            for job in dead {
                _ = try await bench.finish(job, .dead(reason: job.key == "book:1" ? "422 bad address" : "503", answer: nil))
            }
            let meant = DeadLetters.Filter(shop: "a.example", error: "503")
            let count = try await bench.system.pool.withConnection { try DeadLetters.count(meant, on: $0) }
            let requeued = try await bench.system.pool.transaction {
                try DeadLetters.requeue(meant, ratePerSecond: 1, in: &$0)
            }
            #expect(count == 5 && requeued == 5)
            let first = try await bench.claim()
            #expect(first.map(\.key) == ["book:2"])
            #expect(first.first.map { $0.maxAttempts - $0.attempt } == 2)
            let spread = "SELECT extract(epoch FROM max(run_at) - min(run_at))::bigint FROM jobs WHERE state = 'ready'"
            #expect(try await bench.system.count(spread) == 3)
            // A worker from before the requeue cannot end what another has claimed since.
            let old = try #require(dead.first { $0.key == "book:2" })
            #expect(try await bench.finish(old, .done(answer: nil)) == JobTable.Finished())
        }
    }

    @Test func `a filter that names no ids means every dead letter, and one with an empty list of them none`() async throws {
        try await JobBench.with { bench in
            try await bench.insert(JobBench.job("book:1"), JobBench.job("book:2", order: 2))
            for job in try await bench.claim() { _ = try await bench.finish(job, .dead(reason: "422", answer: nil)) }
            let none = DeadLetters.Filter(ids: [])
            let (all, counted, shown) = try await bench.system.pool.withConnection { connection in
                (
                    try DeadLetters.ids(DeadLetters.Filter(), on: connection),
                    try DeadLetters.count(none, on: connection),
                    try DeadLetters.page(none, limit: 9, on: connection)
                )
            }
            #expect(all.count == 2 && counted == 0 && shown.isEmpty)
            let changed = try await bench.system.pool.transaction { transaction in
                try DeadLetters.refuseOpen(none, in: &transaction)
                return try DeadLetters.requeue(none, ratePerSecond: 1, in: &transaction)
                    + DeadLetters.discard(none, reason: "test", in: &transaction)
            }
            #expect(changed == 0)
            #expect(try await bench.states() == ["book:1 dead", "book:2 dead"])
        }
    }

    @Test func `a discarded dead letter leaves the table and keeps its reason and its turns`() async throws {
        try await JobBench.with { bench in
            try await bench.insert(JobBench.job("book:1"), JobBench.job("book:2", order: 2))
            for job in try await bench.claim() {
                _ = try await bench.finish(job, .dead(reason: "422", answer: [66]), turns: [1_000_000, 1_000_001])
            }
            let id = try await bench.system.count("SELECT id FROM jobs WHERE key = 'book:1'")
            let discarded = try await bench.system.pool.transaction {
                try DeadLetters.discard(DeadLetters.Filter(ids: [id]), reason: "customer called", in: &$0)
            }
            #expect(discarded == 1)
            #expect(try await bench.states() == ["book:2 dead"])
            let ended = try await bench.system.pool.withConnection {
                try JobView.finished(JobView.Filter(orderID: JobBench.order(1)), limit: 9, on: $0)
            }
            #expect(ended.map(\.state) == [.discarded] && ended.first?.lastError == "customer called")
            #expect(try await bench.system.texts("SELECT turns::text FROM finished_jobs") == ["{1000000,1000001}"])
        }
    }

    @Test func `dead letters with one cause are one group, whatever their ids; another answer is another cause`() async throws {
        try await JobBench.with { bench in
            let errors = [
                "the courier service: the answer was 503", "the courier service: the answer was 503",
                "the courier service: the answer was 500", "the courier service refused with 422",
                "the courier service refused with 404", "Shopify answered 401: its address or our token may be wrong",
                "order 17 is not known", "order 18 is not known", "order 19 is not known",
            ]
            try await bench.insert(errors.indices.map { JobBench.job("book:\($0)", order: $0 + 1) })
            for job in try await bench.claim() {
                let index = try #require(Int(job.key.dropFirst(5)))
                _ = try await bench.finish(job, .dead(reason: errors[index], answer: nil))
            }
            let (all, some) = try await bench.system.pool.withConnection { connection in
                (
                    try DeadLetters.groups(DeadLetters.Filter(), limit: 9, on: connection),
                    try DeadLetters.groups(DeadLetters.Filter(error: "courier"), limit: 2, on: connection)
                )
            }
            #expect(
                all.map { "\($0.count) \($0.cause)" } == [
                    "3 order # is not known", "2 the courier service: the answer was 503",
                    "1 Shopify answered 401: its address or our token may be wrong", "1 the courier service refused with 404",
                    "1 the courier service refused with 422", "1 the courier service: the answer was 500",
                ]
            )
            #expect(all.first?.sampleError == "order 17 is not known")
            #expect(some.map(\.cause) == ["the courier service: the answer was 503", "the courier service refused with 404"])
        }
    }
}
