import EventStore
import FoundationEssentials
import Orders

/// The unapplied events of one subject that carry one fact.
struct FactGroup {
    /// In arrival order; never empty.
    private(set) var events: [UnappliedEvent]

    var first: UnappliedEvent { events[0] }
    /// The trace that goes on in what the fact brings about.
    var traceID: UUID { first.trace }

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

    /// The fact to merge, dated by all its events, also by one that could not be merged itself.
    var fact: StoredFact {
        var fact = first.event.fact
        fact.triggeredAt = triggeredAt
        fact.receivedAt = min(fact.receivedAt, first.usedReceivedAt ?? fact.receivedAt)
        return fact
    }

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

/// The times that count of some facts: of each the smallest over all its events.
struct FactTimes {
    private var times: [FactID: (triggeredAt: Instant?, receivedAt: Instant)] = [:]

    init(_ events: [StoredEvent] = []) {
        for fact in events.map(\.fact) {
            guard let known = times[fact.fact] else {
                times[fact.fact] = (fact.triggeredAt, fact.receivedAt)
                continue
            }
            times[fact.fact] = (
                [known.triggeredAt, fact.triggeredAt].compactMap(\.self).min(), min(known.receivedAt, fact.receivedAt)
            )
        }
    }

    /// The fact with the times that count.
    func dated(_ fact: StoredFact) -> StoredFact {
        guard let times = times[fact.fact] else { return fact }
        var dated = fact
        (dated.triggeredAt, dated.receivedAt) = (times.triggeredAt, times.receivedAt)
        return dated
    }
}

extension StoredFact {
    /// The same fact with the Triggered-At that counts.
    func triggered(at triggeredAt: Instant?) -> StoredFact {
        var fact = self
        fact.triggeredAt = triggeredAt
        return fact
    }
}
