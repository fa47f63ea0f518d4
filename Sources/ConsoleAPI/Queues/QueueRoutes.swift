import HTTPTypes
import Orders
import Postgres
import Queues

/// What the queues hold and do; pausing and resuming them.
struct QueueRoutes: Sendable {
    let pool: PostgresPool
    let activity: QueueActivity

    var routes: [Route] {
        [
            Route(.get, "/api/queues", .role(.viewer)) { _ in
                Answer.array(try await activity.all()) { $1.write(to: &$0) }
            },
            Route(.get, "/api/queues/{name}", .role(.viewer)) { call in try await one(Self.queue(call)) },
            Route(.get, "/api/queues/{name}/jobs", .role(.viewer), parameters: ["state", "cursor", "limit"], jobs),
            Route(.post, "/api/queues/{name}/pause", .role(.operator)) { try await set($0, isPaused: true) },
            Route(.post, "/api/queues/{name}/resume", .role(.operator)) { try await set($0, isPaused: false) },
        ]
    }

    private static func queue(_ call: Call) throws -> Queue {
        guard let queue = call.path["name"].flatMap({ Queue(rawValue: $0) }) else { throw APIError.notFound("queue") }
        return queue
    }

    private func one(_ queue: Queue) async throws -> Answer {
        guard let shown = try await activity.all().first(where: { $0.report.queue == queue }) else {
            throw APIError.notFound("queue")
        }
        return Answer.value { shown.write(to: &$0) }
    }

    private func set(_ call: Call, isPaused: Bool) async throws -> Answer {
        let (queue, caller) = (try Self.queue(call), try call.actor())
        let entry = OperatorAudit.Entry(
            call,
            caller,
            action: isPaused ? "queue.pause" : "queue.resume",
            target: "queue:\(queue.rawValue)"
        )
        try await pool.transaction { transaction in
            let isChanged =
                isPaused
                ? try QueuePause.pause(queue, by: caller.name, in: &transaction)
                : try QueuePause.resume(queue, in: &transaction)
            if isChanged { try transaction.commit(audited: entry) }
        }
        return try await one(queue)
    }

    @Sendable private func jobs(_ call: Call) async throws -> Answer {
        let queue = try Self.queue(call)
        let state = try call.query.choice("state", JobView.State.self) ?? .ready
        let cursor = try PageCursor(call.query, count: 2)
        let limit = try call.query.limit()
        let page = try await pool.withConnection {
            try JobList.page(queue, state, after: cursor, limit: limit, on: $0)
        }
        return page.answer(total: nil)
    }
}
