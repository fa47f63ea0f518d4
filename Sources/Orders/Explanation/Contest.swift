/// What the events of an order compete for.
enum Contested: Hashable, Sendable {
    case snapshot, cancellation, deletion, redaction
    case refund(ExactText)
    case transaction(ExactText)
    case fulfillment(ExactText)
    case hold(ExactText)
    case edit(OperatorEdit.Field)
    case label(ExactText)
    case labelEnd(ExactText)
    /// One scan of a track, by its place among those the state keeps; −1 stands for all it does not keep.
    case scan(Track, Int)
}

/// Who set one contested thing and who lost, with a bound on how many are remembered.
struct Contest: Sendable {
    struct Loser: Sendable {
        let event: EventReference
        /// Nil when it says what the setter says.
        let why: String?
        let part: OrderFact

        /// One body may lose in two ways.
        fileprivate func isNewer(than other: Loser) -> Bool {
            if event == other.event { return why ?? "" < other.why ?? "" }
            return (event.occurredAt, event.receivedAt, event.id)
                > (other.event.occurredAt, other.event.receivedAt, other.event.id)
        }
    }

    private let maxLosers: Int
    /// Of the events that say what counts, the first one to come.
    private(set) var setter: EventReference?
    private(set) var setterPart: OrderFact?
    /// The newest first.
    private(set) var losers: [Loser] = []
    private(set) var loserCount = 0

    init(maxLosers: Int) {
        self.maxLosers = maxLosers
    }

    /// An event that says what the state says.
    mutating func won(_ event: EventReference, _ part: OrderFact) {
        guard let current = setter else {
            setter = event
            setterPart = part
            return
        }
        let isFirst = event.precedes(current)
        if isFirst { setter = event }
        insert(Loser(event: isFirst ? current : event, why: nil, part: part))
    }

    mutating func lost(_ event: EventReference, _ part: OrderFact, _ why: String) {
        insert(Loser(event: event, why: why, part: part))
    }

    private mutating func insert(_ loser: Loser) {
        loserCount += 1
        let place = losers.firstIndex { loser.isNewer(than: $0) } ?? losers.count
        guard place < maxLosers else { return }
        losers.insert(loser, at: place)
        if losers.count > maxLosers { losers.removeLast() }
    }
}
