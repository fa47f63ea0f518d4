package import Orders

// Made of values, for whoever simulates the store: the merge itself asks no more of it than these.

extension SubjectBatch {
    package init(values orders: [LockedOrder], events: [UnappliedEvent], bookings: [OrderID: [Booking]]) {
        self.init(orders: orders, events: events, bookings: bookings)
    }
}

extension LockedOrder {
    package init(
        id: OrderID,
        state: [UInt8],
        source: String,
        shop: String,
        refID: String,
        mustRedact: Bool = false,
        isQuarantined: Bool = false
    ) {
        self.id = id
        self.state = state
        self.mustRedact = mustRedact
        self.source = source
        self.shop = shop
        self.refID = refID
        self.isQuarantined = isQuarantined
    }
}

extension StoredEvent {
    /// The event as it is stored when it comes.
    package init(_ event: IncomingEvent) {
        subjectID = event.subject.uuid
        kind = event.subject.kind
        id = event.id
        shop = event.shop
        refID = event.refID
        identity = event.identity
        deliveryID = event.deliveryID
        var waybill: WaybillID?
        if case .waybill(let id) = event.subject { waybill = id }
        fact = StoredFact(
            source: event.source,
            topic: event.topic,
            fact: event.fact,
            waybill: waybill,
            bodyHash: event.bodyHash,
            triggeredAt: event.triggeredAt,
            receivedAt: event.receivedAt,
            body: event.body
        )
    }
}

extension UnappliedEvent {
    package init(
        _ event: StoredEvent,
        rings: Int32,
        isAudited: Bool,
        isKnownFact: Bool,
        usedTriggeredAt: Instant?,
        usedReceivedAt: Instant?,
        hasIdentityConflict: Bool
    ) {
        self.event = event
        self.rings = rings
        self.isAudited = isAudited
        self.isKnownFact = isKnownFact
        self.usedTriggeredAt = usedTriggeredAt
        self.usedReceivedAt = usedReceivedAt
        self.hasIdentityConflict = hasIdentityConflict
        lastError = nil
    }
}
