import EventStore
package import Orders

/// What an order must look like after a set of events: the pure fold of the domain, in an order of its own.
package struct ExpectedOrder: Sendable, Equatable {
    package var version: Int64
    package var stateHash: Digest
    package var status: String
    package var paymentStatus: String

    /// Folds the events of every order among them.
    ///
    /// The facts are merged in the order of their ids, which has nothing to do with the order they were sent in.
    package static func fold(_ events: [IncomingEvent]) throws -> [OrderID: ExpectedOrder] {
        var facts: [OrderID: [FactID: StoredFact]] = [:]
        for event in events {
            guard case .order(let id) = event.subject else { continue }
            let known = facts[id]?[event.fact]
            facts[id, default: [:]][event.fact] = StoredFact(event, known: known)
        }
        return try facts.mapValues { try ExpectedOrder(facts: $0.sorted { $0.key < $1.key }.map(\.value)) }
    }

    private init(facts: [StoredFact]) throws {
        var state = OrderState()
        for fact in facts { state.merge(try DecodedFact(fact, statuses: .standard)) }
        let projection = OrderProjection(state, policy: BookingPolicy())
        version = state.version
        stateHash = Digest(of: state.encoded())
        status = projection.status.rawValue
        paymentStatus = projection.paymentStatus.rawValue
    }
}

extension StoredFact {
    /// The fact of an event; the smallest times of all its deliveries count.
    fileprivate init(_ event: IncomingEvent, known: StoredFact?) {
        self.init(
            source: event.source,
            topic: event.topic,
            fact: event.fact,
            bodyHash: event.bodyHash,
            triggeredAt: [event.triggeredAt, known?.triggeredAt].compactMap(\.self).min(),
            receivedAt: [event.receivedAt, known?.receivedAt].compactMap(\.self).min() ?? event.receivedAt,
            body: event.body
        )
    }
}
