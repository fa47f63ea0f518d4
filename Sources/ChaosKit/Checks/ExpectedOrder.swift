package import EventStore
package import Orders

/// What an order must look like after a set of events: the pure fold of the domain, in an order of its own.
package struct ExpectedOrder: Sendable, Equatable {
    package var version: Int64
    package var stateHash: Digest
    package var status: String
    package var paymentStatus: String
    /// Status and shipping status as operators see them, and the total.
    package var summary: String
    /// SHA-256 of the whole-order body that won.
    package var winner: Digest?

    /// Folds the events of every order among them, with the callbacks about its parcels and what came of its bookings, and
    /// without the personal data that a shop wants removed.
    ///
    /// The facts are merged in the order of their ids, which has nothing to do with the order they were sent in.
    package static func fold(
        _ events: [IncomingEvent],
        _ aftermath: BookingAftermath = BookingAftermath()
    ) throws -> [OrderID: ExpectedOrder] {
        var facts: [Subject: [FactID: StoredFact]] = [:]
        var redacted: Set<OrderID> = []
        var redactedShops: Set<String> = []
        var shops: [OrderID: String] = [:]
        for event in events {
            let known = facts[event.subject]?[event.fact]
            facts[event.subject, default: [:]][event.fact] = StoredFact(event, known: known)
            if case .order(let id) = event.subject { shops[id] = event.shop }
            guard case .shop = event.subject, let document = try? JSONDocument(parsing: event.body) else { continue }
            switch Redaction(topic: event.topic, in: document, shop: event.shop) {
            case .orders(let refIDs)?:
                redacted.formUnion(refIDs.map { OrderID(source: event.source, shop: event.shop, refID: $0) })
            case .wholeShop?: redactedShops.insert(event.shop)
            case nil: break
            }
        }
        var orders: [OrderID: ExpectedOrder] = [:]
        for case (.order(let id), let own) in facts {
            let mustRedact = redacted.contains(id) || redactedShops.contains(shops[id] ?? "")
            let booked = aftermath.facts[id.uuid] ?? []
            var state = try state(Array(own.values) + booked, redacted: mustRedact)
            // A parcel belongs to whoever claims it; only then do its callbacks speak of the order.
            let scans = state.claims.waybills.flatMap { waybill in
                var scans = facts[.waybill(waybill.id)] ?? [:]
                for scan in aftermath.facts[waybill.id.uuid] ?? [] { scans[scan.fact] = scans[scan.fact] ?? scan }
                return scans.values
            }
            if !scans.isEmpty { state = try Self.state(own.values + booked + scans, redacted: mustRedact) }
            orders[id] = ExpectedOrder(state, bookings: aftermath.bookings[id] ?? [])
        }
        return orders
    }

    private init(_ state: OrderState, bookings: [Booking]) {
        let projection = OrderProjection(state, policy: BookingPolicy(), bookings: bookings)
        version = state.version
        stateHash = Digest(of: state.encoded())
        status = projection.status.rawValue
        paymentStatus = projection.paymentStatus.rawValue
        let total = projection.totalPrice?.description ?? "no total"
        summary = "\(projection.orderStatus.rawValue), \(projection.shippingStatus.rawValue), \(total)"
        winner = state.snapshot?.key.bodyHash
    }

    private static func state(_ facts: [StoredFact], redacted: Bool) throws -> OrderState {
        var state = OrderState()
        if redacted { state.redact() }
        for fact in facts.sorted(by: { $0.fact < $1.fact }) {
            state.merge(try DecodedFact(redacted ? fact.scrubbed : fact, statuses: .standard))
        }
        return state
    }
}

extension StoredFact {
    /// The fact of an event; the smallest times of all its deliveries count.
    fileprivate init(_ event: IncomingEvent, known: StoredFact?) {
        self.init(
            source: event.source,
            topic: event.topic,
            fact: event.fact,
            waybill: event.waybill,
            bodyHash: event.bodyHash,
            triggeredAt: [event.triggeredAt, known?.triggeredAt].compactMap(\.self).min(),
            receivedAt: [event.receivedAt, known?.receivedAt].compactMap(\.self).min() ?? event.receivedAt,
            body: event.body
        )
    }
}

extension IncomingEvent {
    /// The parcel that a courier's event is about.
    fileprivate var waybill: WaybillID? {
        if case .waybill(let id) = subject { return id }
        return nil
    }
}
