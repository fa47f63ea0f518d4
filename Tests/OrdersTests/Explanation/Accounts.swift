import Foundation

@testable import Orders

/// Events for explanations.
enum Accounts {
    /// An event of a fact; the number names it.
    static func account(
        _ fact: StoredFact,
        _ number: Int,
        end: EventAccount.End = .merged,
        reason: String? = nil,
        flags: [String] = []
    ) -> EventAccount {
        EventAccount(id: id(number), fact: fact, receivedAt: fact.receivedAt, end: end, reason: reason, flags: flags)
    }

    static func id(_ number: Int) -> EventID {
        EventID(
            identity: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
            bodyHash: Digest(of: Array("\(number)".utf8))
        )
    }

    /// Events of (topic, body) that all came at noon.
    static func accounts(_ facts: (String, String)...) -> [EventAccount] {
        facts.enumerated().map { account(Facts.stored($1.0, $1.1), $0) }
    }

    /// What the distinct facts of the merged events add up to.
    static func state(of events: [EventAccount]) -> OrderState {
        var state = OrderState()
        var merged: Set<FactID> = []
        for event in events where event.end == .merged && merged.insert(event.fact.fact).inserted {
            if let fact = try? DecodedFact(event.fact, statuses: .standard) { state.merge(fact) }
        }
        return state
    }

    static func explanation(
        of events: [EventAccount],
        booking: BookingContext = BookingContext(),
        namedEvents: Int = .max
    ) -> Explanation {
        Explanation(
            state(of: events),
            events: events,
            statuses: .standard,
            booking: booking,
            namedEvents: namedEvents
        )
    }
}
