/// A stored fact, decoded once; merging it is then pure and cheap.
package struct DecodedFact: Sendable {
    package internal(set) var parts: [OrderFact]
    /// Whether the order's version counts it; what our own workers brought about does not.
    package let isCounted: Bool

    package init(parts: [OrderFact], isCounted: Bool = true) {
        self.parts = parts
        self.isCounted = isCounted
    }

    /// Decodes a stored fact; an unmapped topic is a part of its own, only a body that is no JSON object throws.
    package init(_ fact: StoredFact, statuses: CourierStatusMap) throws(FactError) {
        parts = try OrderFact.decode(fact, statuses: statuses)
        isCounted = fact.source != IncomingEvent.bookingSource
    }
}

extension OrderFact {
    /// Everything a stored fact says about its order.
    package static func decode(_ fact: StoredFact, statuses: CourierStatusMap) throws(FactError) -> [OrderFact] {
        let topic = FactTopic(source: fact.source, topic: fact.topic)
        switch topic {
        case .unmapped: return [.unmapped(topic: fact.topic)]
        case .counted: return [.childOnly(topic: fact.topic)]
        case .deletion: return [.deleted]
        case .redaction: return [.redacted]
        case .order, .courier, .refund, .transaction, .fulfillment, .fulfillmentEvent, .hold, .edit, .booking: break
        }
        let body = try FactBody(fact)
        switch topic {
        case .order: return OrderBody(body).parts(statuses)
        case .courier(let provider): return body.callback(provider, statuses)
        case .refund: return body.refund(body.root)
        case .transaction: return body.transaction(body.root)
        case .fulfillment: return body.fulfillment(body.root, bodyHash: fact.bodyHash, statuses)
        case .fulfillmentEvent: return body.fulfillmentEvent(statuses)
        case .booking(let topic): return try body.booking(topic)
        case .hold(let released): return [body.hold(released: released)]
        default: return body.edit()
        }
    }
}
