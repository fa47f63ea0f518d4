import EventStore
import FoundationEssentials
import Orders

/// The unapplied events of one subject that carry one fact.
struct FactGroup {
    /// In arrival order; never empty.
    private(set) var events: [UnappliedEvent]

    var first: UnappliedEvent { events[0] }

    /// Whether the fact was merged by an earlier transaction.
    var isKnown: Bool { events.contains { $0.isKnownFact || $0.isAudited } }

    /// The Triggered-At that counts: the smallest over all deliveries of all events of the fact.
    var triggeredAt: Instant? {
        events.reduce(first.usedTriggeredAt) { smallest, event in
            [smallest, event.event.fact.triggeredAt].compactMap(\.self).min()
        }
    }

    /// Whether a fact that was merged would be merged differently now: an earlier Triggered-At is known or, of a fact that
    /// nobody dates, an earlier arrival whose commit came later.
    var isRetriggered: Bool { isKnown && (triggeredAt != first.usedTriggeredAt || cameEarlier) }

    private var cameEarlier: Bool {
        guard triggeredAt == nil, let used = first.usedReceivedAt else { return false }
        return first.event.fact.receivedAt < used
    }

    /// The fact to merge.
    var fact: StoredFact { first.event.fact.triggered(at: triggeredAt) }

    /// Groups events by subject and fact, each group and the groups in arrival order.
    static func groups(of events: [UnappliedEvent]) -> [FactGroup] {
        var places: [Key: Int] = [:]
        var groups: [FactGroup] = []
        for event in events {
            let key = Key(subject: event.event.subjectID, fact: event.event.fact.fact)
            if let place = places[key] {
                groups[place].events.append(event)
            } else {
                places[key] = groups.count
                groups.append(FactGroup(events: [event]))
            }
        }
        return groups
    }

    private struct Key: Hashable {
        var subject: UUID
        var fact: FactID
    }
}

extension StoredFact {
    /// The same fact with the Triggered-At that counts.
    func triggered(at triggeredAt: Instant?) -> StoredFact {
        StoredFact(
            source: source,
            topic: topic,
            fact: fact,
            waybill: waybill,
            bodyHash: bodyHash,
            triggeredAt: triggeredAt,
            receivedAt: receivedAt,
            body: body
        )
    }

    /// The distinct facts of some events, each with the smallest times over its events.
    static func distinct(_ events: [StoredEvent]) -> [StoredFact] {
        var places: [FactID: Int] = [:]
        var facts: [StoredFact] = []
        for event in events {
            guard let place = places[event.fact.fact] else {
                places[event.fact.fact] = facts.count
                facts.append(event.fact)
                continue
            }
            let known = facts[place]
            facts[place] = StoredFact(
                source: known.source,
                topic: known.topic,
                fact: known.fact,
                waybill: known.waybill,
                bodyHash: known.bodyHash,
                triggeredAt: [known.triggeredAt, event.fact.triggeredAt].compactMap(\.self).min(),
                receivedAt: min(known.receivedAt, event.fact.receivedAt),
                body: known.body
            )
        }
        return facts
    }
}
