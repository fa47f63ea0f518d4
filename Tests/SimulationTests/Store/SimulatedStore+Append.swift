import EventStore
import FoundationEssentials
import Orders

extension SimulatedStore {
    /// `event_append`, and `event_ring` for known events that came with another Triggered-At.
    func append(_ incoming: [IncomingEvent], now: Int64) -> [AppendOutcome] {
        incoming.map { event in
            let key = EventKey(subject: event.subject.uuid, event: event.id.uuid)
            identities[event.identity, default: []].insert(event.id.uuid)
            guard let first = known[key] else {
                known[key] = .some(event.triggeredAt)
                let stored = StoredEvent(event)
                let body = rots(event) ? Array(event.body.prefix(event.body.count / 2)) : event.body
                events[key.subject, default: []].append(stored.with(body: body))
                unapplied[key.subject, default: [:]][key.event] = Waiting(receivedAt: now)
                return .accepted
            }
            if let triggeredAt = event.triggeredAt {
                duplicates[key, default: []].append(triggeredAt)
                if triggeredAt != first { ring(key, now: now) }
            }
            return .duplicate
        }
    }

    /// `event_stored`.
    func stored(_ incoming: [IncomingEvent]) -> Set<EventID> {
        Set(incoming.filter { known[EventKey(subject: $0.subject.uuid, event: $0.id.uuid)] != nil }.map(\.id))
    }

    func ring(_ key: EventKey, now: Int64) {
        if unapplied[key.subject]?[key.event] != nil {
            unapplied[key.subject]?[key.event]?.rings += 1
        } else {
            unapplied[key.subject, default: [:]][key.event] = Waiting(receivedAt: now)
        }
    }

    /// `unapplied_overdue`: what waits longer than it should and nobody has rung for within that time. Rows under a lock are
    /// skipped.
    func overdue(olderThan age: Int64, now: Int64, limit: Int) -> [UUID] {
        var overdue: [UUID] = []
        for (subject, waiting) in unapplied where locks[subject] == nil {
            let late = waiting.filter { $0.value.receivedAt < now - age && ($0.value.rungAt ?? .min) < now - age }
            guard !late.isEmpty else { continue }
            overdue.append(subject)
            for event in late.keys { unapplied[subject]?[event]?.rungAt = now }
        }
        return Array(overdue.sorted().prefix(limit))
    }

    /// An event with the smallest Triggered-At of its deliveries.
    func read(_ event: StoredEvent) -> StoredEvent {
        let key = EventKey(subject: event.subjectID, event: event.id.uuid)
        guard let more = duplicates[key]?.min() else { return event }
        var event = event
        let smallest = [event.fact.triggeredAt, more].compactMap(\.self).min()
        event.fact = StoredFact(
            source: event.fact.source,
            topic: event.fact.topic,
            fact: event.fact.fact,
            waybill: event.fact.waybill,
            bodyHash: event.fact.bodyHash,
            triggeredAt: smallest,
            receivedAt: event.fact.receivedAt,
            body: event.fact.body
        )
        return event
    }
}
