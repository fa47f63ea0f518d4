import HTTPTypes
import Orders
import Postgres
import Queues

/// Looking through dead letters, and trying them again or ending them.
struct DeadLetterRoutes: Sendable {
    private static let maxSpreadSeconds: Int64 = 86_400
    private static let sample: Int32 = 5
    /// Most groups shown.
    private static let maxGroups: Int32 = 200
    /// When nobody says how slowly.
    private static let defaultRate = 100

    let pool: PostgresPool

    var routes: [Route] {
        let parameters = DeadLetters.Filter.parameters
        return [
            Route(.get, "/api/dead-letters", .role(.viewer), parameters: parameters.union(["cursor", "limit"]), list),
            Route(.get, "/api/dead-letters/groups", .role(.viewer), parameters: parameters, groups),
            Route(.get, "/api/dead-letters/{id}", .role(.viewer), one),
            Route(.post, "/api/dead-letters/requeue", .role(.operator)) { try await change($0, isRequeue: true) },
            Route(.post, "/api/dead-letters/discard", .role(.operator)) { try await change($0, isRequeue: false) },
        ]
    }

    @Sendable private func list(_ call: Call) async throws -> Answer {
        let filter = try DeadLetters.Filter(call.query)
        let after = try PageCursor(call.query, count: 1)?.integer(0)
        let limit = try call.query.limit()
        let (jobs, total) = try await pool.withConnection { connection in
            (
                try DeadLetters.page(filter, after: after, limit: Int32(limit + 1), on: connection),
                after == nil ? try DeadLetters.count(filter, on: connection) : nil
            )
        }
        let next = jobs.count > limit ? PageCursor([String(jobs[limit - 1].id)]) : nil
        return JobList.Page(jobs: Array(jobs.prefix(limit)), next: next).answer(total: total)
    }

    @Sendable private func groups(_ call: Call) async throws -> Answer {
        let filter = try DeadLetters.Filter(call.query)
        let groups = try await pool.withConnection { try DeadLetters.groups(filter, limit: Self.maxGroups, on: $0) }
        return Answer.array(groups) { writer, group in
            writer.beginObject()
            writer.member("queue", group.queue)
            writer.member("cause", group.cause)
            writer.member("count", group.count)
            writer.member("firstAt", group.firstAt)
            writer.member("lastAt", group.lastAt)
            writer.member("sampleId", String(group.sampleID))
            writer.nullable("sampleError", group.sampleError)
            writer.endObject()
        }
    }

    @Sendable private func one(_ call: Call) async throws -> Answer {
        guard let id = call.path["id"].flatMap(DeadLetters.id) else {
            throw APIError.invalid("id", "The id must be a number.")
        }
        let filter = DeadLetters.Filter(ids: [id])
        guard let job = try await pool.withConnection({ try DeadLetters.page(filter, limit: 1, on: $0) }).first else {
            throw APIError.notFound("dead letter")
        }
        return Answer.value { job.writeView(to: &$0) }
    }

    private func change(_ call: Call, isRequeue: Bool) async throws -> Answer {
        let caller = try call.actor()
        let body = try await call.object(["filter", "dryRun", "expectedCount", "spreadSeconds", "reason"])
        let filter = try DeadLetters.Filter(body["filter"])
        let isDryRun = try body.inputFlag("dryRun") ?? false
        let expected = try body.inputInteger("expectedCount", 0...Int64.max)
        let spread = try body.inputInteger("spreadSeconds", 0...Self.maxSpreadSeconds)
        let reason = try body.input("reason", 0...500)
        guard isDryRun || expected != nil else {
            throw APIError.invalid("expectedCount", "expectedCount must say how many you saw.")
        }
        let (matched, changed, sample) = try await pool.withConnection { connection in
            let ids = try DeadLetters.ids(filter, on: connection)
            let sample = try DeadLetters.page(filter, limit: Self.sample, on: connection)
            let meant = DeadLetters.Filter(ids: ids)
            if isDryRun {
                if !isRequeue {
                    try connection.transaction { transaction in
                        try Self.answeringConflict { try DeadLetters.refuseOpen(meant, in: &transaction) }
                    }
                }
                return (ids.count, 0, sample)
            }
            guard Int64(ids.count) == expected else { throw APIError.otherCount(ids.count) }
            let changed = try connection.transaction { transaction in
                let changed =
                    isRequeue
                    ? try DeadLetters.requeue(meant, ratePerSecond: Self.rate(ids.count, spread), in: &transaction)
                    : try Self.answeringConflict {
                        try DeadLetters.discard(meant, reason: reason ?? "discarded by \(caller.name)", in: &transaction)
                    }
                guard changed > 0 else { return 0 }
                let entry = OperatorAudit.Entry(
                    call,
                    caller,
                    action: isRequeue ? "dead-letters.requeue" : "dead-letters.discard",
                    target: ids.count == 1 ? "job:\(ids[0])" : "jobs",
                    before: String(decoding: body["filter"]?.canonicalJSON ?? [], as: UTF8.self),
                    after: #"{"changed":\#(changed)}"#,
                    reason: reason
                )
                try transaction.commit(audited: entry)
                return changed
            }
            return (ids.count, changed, sample)
        }
        return Answer.json { writer in
            writer.member("matched", Int64(matched))
            writer.member("changed", Int64(changed))
            writer.member("dryRun", isDryRun)
            writer.array("sample", sample) { $1.writeView(to: &$0) }
        }
    }

    /// Answers a discard that cannot be with 409.
    private static func answeringConflict<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let open as DeadLetters.OpenBookings {
            throw APIError(.conflict, "\(open)")
        }
    }

    /// How many come due in a second, so that all come due within the time.
    private static func rate(_ count: Int, _ spreadSeconds: Int64?) -> Int {
        guard let spreadSeconds else { return defaultRate }
        return spreadSeconds == 0 ? 1_000_000 : max(1, Int((Double(count) / Double(spreadSeconds)).rounded(.up)))
    }
}
