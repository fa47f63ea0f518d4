@testable import Orders

/// Stored and decoded facts for tests.
enum Facts {
    static let noon = instant("2026-01-18T12:00:00Z")

    static func instant(_ text: String) -> Instant {
        Instant(iso8601: text) ?? .epoch
    }

    static func stored(
        _ topic: String,
        _ body: String,
        source: String = "shopify",
        waybill: WaybillID? = nil,
        triggeredAt: Instant? = nil,
        receivedAt: Instant = noon
    ) -> StoredFact {
        let bytes = Array(body.utf8)
        let hash = Digest(of: bytes)
        return StoredFact(
            source: source,
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
        source: String = "shopify",
        triggeredAt: Instant? = nil,
        receivedAt: Instant = noon
    ) throws -> DecodedFact {
        try DecodedFact(
            stored(topic, body, source: source, triggeredAt: triggeredAt, receivedAt: receivedAt),
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
