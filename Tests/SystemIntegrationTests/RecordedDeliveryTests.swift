import ChaosKit
import Orders
import Postgres
import TestSystem
import Testing

@Suite("A recording of a running system can be played again", .timeLimit(.minutes(5)))
struct RecordedDeliveryTests {
    private static func deliver(_ drafts: [EventDraft], to client: TestClient) async throws {
        for draft in drafts {
            guard case .webhook(let webhook) = draft else { continue }
            let answer = try await client.shopify(
                String(decoding: webhook.body, as: UTF8.self),
                topic: webhook.topic,
                webhookID: webhook.webhookID,
                shop: webhook.shop,
                more: ["X-Shopify-Event-Id": webhook.eventID, "X-Shopify-Triggered-At": webhook.triggeredAt?.description]
            )
            #expect(answer.status == 200)
        }
    }

    @Test func `and comes to the state hashes that were recorded`() async throws {
        var set = GeneratedEvents(orders: 3, seed: 21).set()
        // Personal data take part: a whole body of an order that nobody shortened.
        var draft = OrderDraft(
            id: .number(42),
            createdAt: .epoch,
            updatedAt: .epoch,
            financialStatus: "paid",
            totalPrice: Money(tenThousandths: 10_000)
        )
        draft.lines = 2
        set.drafts.append(
            .webhook(Webhook(topic: "orders/paid", shop: "chaos.myshopify.com", webhookID: "whole", body: draft.body(.full)))
        )
        let sent = set.drafts + set.drafts.prefix(9)
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                try await system.withOrchestrators {
                    try await Self.deliver(sent, to: client)
                    try await system.settled()
                }
            }
            let recorder = Recorder(Pseudonyms(key: [1]))
            let recording = try await system.pool.withConnection { connection in
                try recorder.record(from: .epoch, to: .latest, on: connection)
            }
            #expect(recording.deliveries.count == sent.count { !$0.isCallback })
            #expect(recording.orders.count == 4)
            #expect(!String(decoding: recording.lines.joined(), as: UTF8.self).lowercased().contains("mariam"))
            try await Self.expectReplay(of: recording)
        }
    }

    /// In a system that knows nothing about these orders.
    private static func expectReplay(of recording: Recording) async throws {
        try await TestSystem.with { system async throws in
            try await system.withIngest { client async throws in
                try await system.withOrchestrators {
                    try await Self.deliver(recording.deliveries.map(\.draft), to: client)
                    try await system.settled()
                }
            }
            let subjects = recording.orders.map { OrderID(source: "shopify", shop: $0.shop, refID: $0.refID).uuid }
            let observed = try await system.pool.withConnection { try ObservedDelivery(of: subjects, on: $0) }
            let outcome = RecordedOutcome(recording: recording, observed: observed.orders)
            for assertion in outcome.assertions { #expect(assertion.holds, "\(assertion.claim): \(assertion.finding)") }
        }
    }
}

extension EventDraft {
    fileprivate var isCallback: Bool {
        if case .callback = self { return true }
        return false
    }
}
