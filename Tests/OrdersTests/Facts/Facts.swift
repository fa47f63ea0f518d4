import Testing

@testable import Orders

/// Stored and decoded facts for tests.
enum Facts {
    static let noon = instant("2026-01-18T12:00:00Z")

    static func instant(_ text: String) -> Instant {
        Instant(iso8601: text) ?? .epoch
    }

    /// By default of whoever may say such a thing.
    static func stored(
        _ topic: String,
        _ body: String,
        source: String? = nil,
        waybill: WaybillID? = nil,
        triggeredAt: Instant? = nil,
        receivedAt: Instant = noon
    ) -> StoredFact {
        let bytes = Array(body.utf8)
        let hash = Digest(of: bytes)
        return StoredFact(
            source: source ?? (topic == IncomingEvent.editTopic ? IncomingEvent.consoleSource : IncomingEvent.shopifySource),
            topic: topic,
            fact: FactID(topic: topic, bodyHash: hash),
            waybill: waybill,
            bodyHash: hash,
            triggeredAt: triggeredAt,
            receivedAt: receivedAt,
            body: bytes
        )
    }

    static func decoded(
        _ topic: String,
        _ body: String,
        source: String? = nil,
        triggeredAt: Instant? = nil,
        receivedAt: Instant = noon
    ) throws -> DecodedFact {
        try DecodedFact(
            stored(topic, body, source: source, triggeredAt: triggeredAt, receivedAt: receivedAt),
            statuses: .standard
        )
    }

    /// What a courier made of an attempt.
    static func label(attempt: Int32, number: String = "B-1", fee: String = "10.00") throws -> DecodedFact {
        let waybill = Waybill(courier: try #require(CourierName("bosta")), trackingNumber: number)
        return try ours(.booked(booked(attempt), waybill: waybill, fee: Money(fee), currency: "EGP", receivedAt: noon))
    }

    /// How the label of an attempt ended.
    static func labelEnd(_ kind: LabelEnd.Kind, attempt: Int32) throws -> DecodedFact {
        switch kind {
        case .cancelled: try ours(.bookingCancelled(booked(attempt), receivedAt: noon))
        case .returned: try ours(.bookingReturned(booked(attempt), receivedAt: noon))
        }
    }

    static let order = OrderID(source: "shopify", shop: "a", refID: "1")

    private static func booked(_ attempt: Int32) -> BookedAttempt {
        BookedAttempt(order: order, shop: "a", refID: "1", attempt: attempt)
    }

    private static func ours(_ event: IncomingEvent) throws -> DecodedFact {
        try DecodedFact(
            StoredFact(
                source: event.source,
                topic: event.topic,
                fact: event.fact,
                bodyHash: event.bodyHash,
                triggeredAt: nil,
                receivedAt: event.receivedAt,
                body: event.body
            ),
            statuses: .standard
        )
    }

    /// The state after facts of (topic, body), in this order.
    static func state(_ facts: (String, String)...) throws -> OrderState {
        var state = OrderState()
        for (topic, body) in facts { state.merge(try decoded(topic, body)) }
        return state
    }
}
