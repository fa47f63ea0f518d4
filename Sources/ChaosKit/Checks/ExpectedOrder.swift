package import EventStore
package import Orders

/// What an order must look like after a set of events: the pure fold of the domain, in an order of its own.
package struct ExpectedOrder: Sendable, Equatable {
    package var version: Int64
    package var stateHash: Digest
    package var status: String
    package var paymentStatus: String

    /// Folds the events of every order among them, and what came of its bookings.
    ///
    /// The facts are merged in the order of their ids, which has nothing to do with the order they were sent in.
    package static func fold(
        _ events: [IncomingEvent],
        _ aftermath: BookingAftermath = BookingAftermath()
    ) throws -> [OrderID: ExpectedOrder] {
        var facts: [OrderID: [FactID: StoredFact]] = [:]
        for event in events {
            guard case .order(let id) = event.subject else { continue }
            let known = facts[id]?[event.fact]
            facts[id, default: [:]][event.fact] = StoredFact(event, known: known)
        }
        return try facts.reduce(into: [:]) { orders, entry in
            orders[entry.key] = try ExpectedOrder(entry.key, facts: Array(entry.value.values), aftermath)
        }
    }

    private init(_ id: OrderID, facts: [StoredFact], _ aftermath: BookingAftermath) throws {
        var state = OrderState()
        func merge(_ facts: [StoredFact]) throws {
            for fact in facts.sorted(by: { $0.fact < $1.fact }) { state.merge(try DecodedFact(fact, statuses: .standard)) }
        }
        try merge(facts + (aftermath.facts[id.uuid] ?? []))
        // A parcel belongs to whoever claims it; only then do its callbacks speak of the order.
        try merge(state.claims.waybills.flatMap { aftermath.facts[$0.id.uuid] ?? [] })
        let projection = OrderProjection(state, policy: BookingPolicy(), bookings: aftermath.bookings[id] ?? [])
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
