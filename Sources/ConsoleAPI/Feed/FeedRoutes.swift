import HTTPTypes
import HummingbirdCore
import NIOCore
import Orders
import Postgres
import ServiceLifecycle

/// The live feed over plain HTTP.
struct FeedRoutes: Sendable {
    private static let (defaultLimit, maxLimit): (Int64, Int64) = (500, 1_000)
    /// Between two signs of life to a client that hears nothing.
    private static let commentInterval: Duration = .seconds(15)

    let tail: FeedTail
    let authenticator: Authenticator

    var routes: [Route] {
        [
            Route(.get, "/api/changes", .role(.viewer), parameters: ["since", "limit"], changes),
            Route(.get, "/api/events", .role(.viewer), parameters: ["since"], events),
            Route(.get, "/sync", .role(.viewer), parameters: FeedRequest.parameters) { call in
                _ = try FeedRequest(call.query)
                var error = APIError(.upgradeRequired, "This is a WebSocket; ask for an upgrade on a connection of its own.")
                error.headers[.upgrade] = "websocket"
                throw error
            },
        ]
    }

    @Sendable private func changes(_ call: Call) async throws -> Answer {
        let since = try call.query.integer("since", in: 0...Int64.max)
        let limit = try call.query.integer("limit", in: 1...Self.maxLimit) ?? Self.defaultLimit
        let (oldest, head) = try await tail.bounds()
        let place = since ?? head
        let isLost = place < oldest || place > head
        let (entries, last) = isLost ? ([], head) : try await tail.entries(after: place, through: head, limit: Int(limit))
        return Answer.json { writer in
            writer.array("changes", entries) { writer, entry in
                writer.beginObject()
                writer.member("seq", entry.seq)
                writer.key("order")
                writer.raw(entry.order)
                writer.endObject()
            }
            writer.member("next", last)
            writer.member("head", max(head, last))
            writer.member("resync", isLost)
        }
    }

    @Sendable private func events(_ call: Call) async throws -> Answer {
        let since = try call.query.integer("since", in: 0...Int64.max)
        let last = call.request.headers[.lastEventID].flatMap { Int64($0) }
        var answer = Answer(
            contentType: "text/event-stream",
            body: .stream { try await stream(since: last ?? since, call.request.head, &$0) }
        )
        answer.headers[.xAccelBuffering] = "no"
        return answer
    }

    private func stream(since: Int64?, _ request: HTTPRequest, _ writer: inout any ResponseBodyWriter) async throws {
        guard tail.join() else {
            try await writer.write(ByteBuffer(string: "retry: 10000\n: too many connections\n\n"))
            return try await writer.finish(nil)
        }
        defer { tail.leave() }
        var cursor = FeedCursorStateMachine(since: since, head: try await tail.bounds().head, coalescesAlways: false)
        var checkedAt = ContinuousClock.now
        while !Task.isCancelled, !Task.isShuttingDownGracefully, !tail.isStopping {
            if checkedAt.duration(to: .now) >= Self.commentInterval {
                // Whose session has ended hears nothing more; while PostgreSQL is away nobody is sent off for it.
                do { guard try await authenticator.caller(of: request) != nil else { break } } catch is PostgresError {}
                checkedAt = .now
            }
            let (oldest, head) = try await tail.bounds()
            switch cursor.next(oldest: oldest, head: head) {
            case .hello(let seq):
                try await writer.write(ByteBuffer(string: "retry: 1000\nid: \(seq)\nevent: HELLO\ndata: {\"seq\":\(seq)}\n\n"))
            case .resync(let seq):
                try await writer.write(ByteBuffer(string: "id: \(seq)\nevent: RESYNC\ndata: {\"seq\":\(seq)}\n\n"))
            case .wait(let seq):
                if await !hasNews(after: seq) { try await writer.write(ByteBuffer(string: ": here\n\n")) }
            case .read(let seq, let limit, let coalescing):
                let (entries, last) = try await tail.entries(after: seq, through: head, limit: limit)
                for entry in coalescing ? entries.coalesced : entries {
                    var buffer = ByteBuffer(string: "id: \(entry.seq)\nevent: ORDER_SYNCED\ndata: ")
                    buffer.writeBytes(entry.order)
                    buffer.writeString("\n\n")
                    try await writer.write(buffer)
                }
                cursor.advance(to: last)
            }
        }
        try await writer.finish(nil)
    }

    /// False when it is time for a sign of life.
    private func hasNews(after seq: Int64) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await tail.waitForNews(after: seq)
                return true
            }
            group.addTask {
                try? await Task.sleep(for: Self.commentInterval)
                return false
            }
            group.addTask {
                try? await gracefulShutdown()
                return true
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
}

extension HTTPField.Name {
    static let lastEventID = HTTPField.Name("Last-Event-ID")!
    static let xAccelBuffering = HTTPField.Name("X-Accel-Buffering")!
}
