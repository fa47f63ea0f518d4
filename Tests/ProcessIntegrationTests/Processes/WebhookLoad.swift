import NIOHTTP1
import Synchronization
import TestSystem

/// Sends numbered webhooks without a pause, and remembers what each was answered.
final class WebhookLoad: Sendable {
    /// One webhook and what became of it; the status is nil when no answer came.
    struct Sent: Sendable {
        var number: Int
        var status: Int?
        var hasRetryAfter = false
        var duration: Duration

        var webhookID: String { "load-\(number)" }
    }

    /// Requests under way at the same time: so many that ingest commits rounds in parts.
    private static let senders = 16
    private static let orders = 40

    private let state = Mutex<(sent: [Sent], next: Int, isOver: Bool)>(([], 0, false))

    var sent: [Sent] { state.withLock { $0.sent } }
    /// What was answered 200.
    var accepted: [Sent] { sent.filter { $0.status == 200 } }

    /// Sends to the client for as long as the body takes, then until every request is answered or lost.
    func during(_ client: TestClient, _ body: () async throws -> Void) async throws {
        state.withLock { $0.isOver = false }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.senders { group.addTask { await self.send(to: client) } }
            defer { state.withLock { $0.isOver = true } }
            try await body()
        }
    }

    /// Returns once that many more webhooks have got the status.
    func wait(for count: Int, status: Int, within limit: Duration = .seconds(60)) async throws {
        let before = sent.filter { $0.status == status }.count
        try await eventually("\(count) answers \(status)", within: limit) {
            sent.filter { $0.status == status }.count >= before + count
        }
    }

    /// One of the webhooks, for the first time or again.
    static func send(_ number: Int, to client: TestClient) async throws -> TestClient.Answer {
        let body = #"{"id":"\#(number % orders)","updated_at":"2026-01-18T18:43:0\#(number % 7)Z","total_price":"\#(number).00"}"#
        return try await client.shopify(body, webhookID: "load-\(number)")
    }

    private func send(to client: TestClient) async {
        while let number = next() {
            let start = ContinuousClock.now
            // A lost answer is what some tests are about.
            let answer = try? await Self.send(number, to: client)
            let sent = Sent(
                number: number,
                status: answer?.status,
                hasRetryAfter: answer?.headers.first(name: "Retry-After") != nil,
                duration: start.duration(to: .now)
            )
            state.withLock { $0.sent.append(sent) }
        }
    }

    private func next() -> Int? {
        state.withLock { state in
            guard !state.isOver else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }
}

extension TestSystem {
    /// Webhook ids in the event store, each as often as it is stored.
    func storedWebhooks() async throws -> [String] {
        try await texts("SELECT delivery_id FROM event_store")
    }

    /// Whether every stored event has exactly one audit row, none of them a failure.
    func isAuditedOnce() async throws -> Bool {
        try await count(
            """
            SELECT count(*) FROM event_store AS e
            WHERE (SELECT count(*) FROM audit_log AS a WHERE a.event_id = e.event_id AND a.status <> 'failed') <> 1
            """
        ) == 0
    }
}
