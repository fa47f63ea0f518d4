/// An event of an order as an explanation looks at it: what it says, and how the store says it ended.
package struct EventAccount: Sendable {
    /// How far the event got.
    package enum End: String, CaseIterable, Sendable {
        /// It is in the order's state, whether it changed anything or not.
        case merged
        /// Stored, and not merged yet.
        case waiting
        /// It waits for an order that ships with its parcel.
        case parked
        /// It could not be merged.
        case failed
    }

    package let id: EventID
    /// With the times that count: the smallest over all events of the fact.
    package let fact: StoredFact
    package let receivedAt: Instant
    package let end: End
    /// What its audit row says; nil while it waits.
    package let reason: String?
    /// Of its audit row: identity_conflict, replay_suspected.
    package let flags: [String]

    package init(
        id: EventID,
        fact: StoredFact,
        receivedAt: Instant,
        end: End = .merged,
        reason: String? = nil,
        flags: [String] = []
    ) {
        self.id = id
        self.fact = fact
        self.receivedAt = receivedAt
        self.end = end
        self.reason = reason
        self.flags = flags
    }
}

/// An event as an explanation names it.
package struct EventReference: Hashable, Sendable {
    package let id: EventID
    package let topic: String
    package let source: String
    /// When what it says happened, by its source where that says so.
    package let occurredAt: Instant
    package let receivedAt: Instant

    init(_ event: EventAccount, occurredAt: Instant?) {
        id = event.id
        topic = event.fact.topic
        source = event.fact.source
        self.occurredAt = occurredAt ?? event.fact.triggeredAt ?? event.receivedAt
        receivedAt = event.receivedAt
    }

    /// Of several events that say the same, the first one to come is named.
    func precedes(_ other: EventReference) -> Bool {
        (receivedAt, id) < (other.receivedAt, other.id)
    }
}
