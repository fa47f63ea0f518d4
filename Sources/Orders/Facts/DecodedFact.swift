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
    /// A deletion brings nothing but an id. The topic is not signed: the recorded body of an order must not delete it.
    private static func isWholeOrder(_ fact: StoredFact) -> Bool {
        guard let root = try? JSONDocument(parsing: fact.body).root else { return false }
        return ["financial_status", "total_price", "line_items", "updated_at"].contains { root[$0] != nil }
    }

    /// Everything a stored fact says about its order.
    package static func decode(_ fact: StoredFact, statuses: CourierStatusMap) throws(FactError) -> [OrderFact] {
        let topic = FactTopic(source: fact.source, topic: fact.topic)
        switch topic {
        case .unmapped: return [.unmapped(topic: fact.topic)]
        case .counted: return [.childOnly(topic: fact.topic)]
        case .deletion: return [isWholeOrder(fact) ? .unmapped(topic: "\(fact.topic) with a whole order") : .deleted]
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
