import Foundation
import TestSystem
import Testing

/// Jobs, dead letters and queues as programs read them: what is decoded here is what a reader may count on.
extension AttentionCommandTests {
    private struct Job: Decodable {
        var id: Int64
        var queue: String
        var state: String
        var key: String
        var orderId: UUID
        var shop: String
        var attempt: Int
        var createdAt: String
        var input: String
        var maxAttempts: Int?
        var worker: String?
        var lastError: String?
        var runAt: String?
        var finishedAt: String?
        var lastAnswer: String?
    }

    private struct Report: Decodable {
        var queue: String
        var ready: Int
        var scheduled: Int
        var running: Int
        var blocked: Int
        var dead: Int
        var beyondLease: Int
        var oldestDueMilliseconds: Int?
        var finishedLastMinute: Int
        var paused: Bool
        var pausedBy: String?

        var counts: [Int] { [ready, scheduled, running, blocked, dead, beyondLease, finishedLastMinute] }
    }

    private struct Group: Decodable {
        var queue: String
        var cause: String
        var count: Int
        var firstAt: String
        var lastAt: String
        var sampleId: Int64
    }

    private struct Change: Decodable, Equatable {
        var requeued: Int?
        var discarded: Int?
        var dryRun: Bool?
        var queue: String?
        var paused: Bool?
        var running: Int?
        var wasPaused: Bool?
    }

    /// One job in every state, two dead letters of one cause, and one that has ended, all of one queue. What is blocked waits behind
    /// the first letter.
    private static let jobs = """
        INSERT INTO jobs (order_id, queue, key, shop, input, state, attempt, max_attempts, run_at, lease_until, worker, last_error,
            last_answer)
        SELECT order_id::uuid, 'courier-commands', 'cancel:' || n, 'a.example', '{"n":1}', state, 3, 3, now() + run_at::interval,
            CASE state WHEN 'running' THEN now() - interval '1 second' END, 'replica-1',
            CASE state WHEN 'dead' THEN 'the answer was 503 to call ' || n END, 'busy'
        FROM (VALUES
            (1, '00000000-0000-0000-0000-000000000001', 'dead', '0'), (2, '00000000-0000-0000-0000-000000000001', 'blocked', '0'),
            (3, '00000000-0000-0000-0000-000000000003', 'dead', '0'), (4, '00000000-0000-0000-0000-000000000004', 'ready', '-1 s'),
            (5, '00000000-0000-0000-0000-000000000005', 'ready', '1 h'),
            (6, '00000000-0000-0000-0000-000000000006', 'running', '-1 s')
        ) AS t (n, order_id, state, run_at)
        ORDER BY n;
        INSERT INTO finished_jobs (order_id, id, queue, key, shop, input, outcome, reason, attempt, created_at)
        VALUES ('00000000-0000-0000-0000-000000000007', 7, 'courier-commands', 'cancel:7', 'a.example', '{}', 'cancelled',
            'no use', 1, now())
        """

    @Test func `what the queues hold, and what is done about it, can be read by programs`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                func read<Value: Decodable>(_ arguments: String...) async throws -> Value {
                    try JSONDecoder().decode(Value.self, from: try await Self.output(arguments, system, folder))
                }
                try await system.execute(Self.jobs)

                let reports: [Report] = try await read("queues")
                #expect(Set(reports.map(\.queue)).count == 4)
                let report = try #require(reports.first { $0.queue == "courier-commands" })
                #expect(report.counts == [1, 1, 1, 1, 2, 1, 1])
                #expect(!report.paused && report.pausedBy == nil)
                #expect(try #require(report.oldestDueMilliseconds) >= 1_000)
                #expect(reports.filter { $0.counts.allSatisfy { $0 == 0 } && $0.oldestDueMilliseconds == nil }.count == 3)

                let live: [Job] = try await read("jobs")
                #expect(live.map(\.id) == [1, 2, 3, 4, 5, 6])
                #expect(live.map(\.state) == ["dead", "blocked", "dead", "ready", "scheduled", "running"])
                let delayed: [Job] = try await read("jobs", "--state", "scheduled")
                #expect(delayed.map(\.id) == [5])
                #expect(live.allSatisfy { $0.queue == "courier-commands" && $0.runAt != nil && $0.worker == "replica-1" })
                let ended: [Job] = try await read("jobs", "--finished")
                #expect(ended.map { "\($0.id) \($0.state) \($0.lastError ?? "")" } == ["7 cancelled no use"])
                #expect(ended.allSatisfy { $0.finishedAt != nil && $0.runAt == nil })

                let letters: [Job] = try await read("dead-letters")
                #expect(letters.map { "\($0.id) \($0.state) \($0.key)" } == ["1 dead cancel:1", "3 dead cancel:3"])
                let groups: [Group] = try await read("dead-letters", "groups")
                #expect(groups.map { "\($0.count) \($0.queue) \($0.sampleId)" } == ["2 courier-commands 1"])
                #expect(groups.map(\.cause) == ["the answer was 503 to call #"])
                let shown: [Job] = try await read("dead-letters", "show", "1")
                let letter = try #require(shown.first)
                #expect(shown.count == 1 && letter.id == 1 && letter.finishedAt != nil)
                #expect(letter.attempt == 3 && letter.maxAttempts == 3 && letter.shop == "a.example")
                #expect(letter.orderId.uuidString.hasSuffix("1") && letter.input == #"{"n":1}"# && letter.lastAnswer == "busy")

                let tried: Change = try await read("dead-letters", "requeue", "--all", "--dry-run")
                #expect(tried == Change(requeued: 2, dryRun: true))
                let requeued: Change = try await read("dead-letters", "requeue", "1")
                #expect(requeued == Change(requeued: 1, dryRun: false))
                let discarded: Change = try await read("dead-letters", "discard", "--all")
                #expect(discarded == Change(discarded: 1, dryRun: false))

                let paused: Change = try await read("pause", "courier-commands")
                #expect(paused == Change(queue: "courier-commands", paused: true, running: 1))
                let after: [Report] = try await read("queues", "--queue", "courier-commands")
                // What waited behind the letter is due with it.
                #expect(after.map(\.counts) == [[3, 1, 1, 0, 0, 1, 2]])
                #expect(after.map(\.paused) == [true] && after.map(\.pausedBy) == ["ana"])
                let resumed: Change = try await read("resume", "courier-commands")
                #expect(resumed == Change(queue: "courier-commands", paused: false, wasPaused: true))
            }
        }
    }
}
