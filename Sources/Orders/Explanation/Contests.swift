/// Every contest among the events of one order, decided by the state they were merged into: the explanation cannot disagree
/// with the merge, because it only asks which event said what the state says.
///
/// Events are added in any order, one at a time; what is kept of them is bounded.
struct Contests: Sendable {
    private let state: OrderState
    /// Whether the state was folded from bodies without personal data.
    private let isScrubbed: Bool
    private let maxLosers: Int
    private var contests: [Contested: Contest] = [:]
    /// What the event at hand has set already: a body may say one thing twice.
    private var won: Set<Contested> = []
    private(set) var asides: [Explanation.Aside] = []
    private(set) var asideCount = 0
    private(set) var counts = Explanation.Counts()

    init(_ state: OrderState, isScrubbed: Bool, maxLosers: Int) {
        self.state = state
        self.isScrubbed = isScrubbed
        self.maxLosers = maxLosers
    }

    subscript(_ contested: Contested) -> Contest? { contests[contested] }

    mutating func add(_ event: EventAccount, statuses: CourierStatusMap) {
        counts.read += 1
        counts.byEnd[event.end, default: 0] += 1
        if event.flags.contains("identity_conflict") {
            setAside(event, "identity_conflict", "its sender used one identity for two different bodies")
        }
        guard event.end == .merged else {
            setAside(event, event.end.rawValue, event.reason ?? "it is stored and not merged yet")
            return
        }
        do {
            let parts = try OrderFact.decode(isScrubbed ? event.fact.scrubbed : event.fact, statuses: statuses)
            won = []
            for part in parts { add(part, of: event) }
        } catch {
            setAside(event, "failed", error.message)
        }
    }

    private mutating func setAside(_ event: EventAccount, _ status: String, _ why: String) {
        asideCount += 1
        let aside = Explanation.Aside(event: EventReference(event, occurredAt: nil), status: status, why: why)
        let place = asides.firstIndex { aside.isNewer(than: $0) } ?? asides.count
        guard place < maxLosers else { return }
        asides.insert(aside, at: place)
        if asides.count > maxLosers { asides.removeLast() }
    }

    private mutating func add(_ part: OrderFact, of event: EventAccount) {
        switch part {
        case .snapshot(let snapshot):
            let winner = state.snapshot?.key
            compete(.snapshot, part, event, at: snapshot.key.updatedAt, why(snapshot.key, winner))
        case .cancellation(let cancellation):
            compete(.cancellation, part, event, at: cancellation.at, why(cancellation))
        case .deleted: compete(.deletion, part, event, at: nil, nil)
        case .redacted: compete(.redaction, part, event, at: nil, nil)
        case .refund(let entry): compete(.refund(entry.id), part, event, at: entry.key.at, why(entry, in: state.refunds))
        case .transaction(let entry):
            compete(.transaction(entry.id), part, event, at: entry.key.at, why(entry, in: state.transactions))
        case .fulfillment(let entry):
            compete(.fulfillment(entry.id), part, event, at: entry.key.updatedAt, why(entry, in: state.fulfillments))
        case .hold(let entry): compete(.hold(entry.id), part, event, at: entry.key.at, why(entry, in: state.holds))
        case .edit(let entry): compete(.edit(entry.field), part, event, at: entry.key.editedAt, why(entry, in: state.edits))
        case .label(let entry): compete(.label(entry.id), part, event, at: nil, why(entry, in: state.labels))
        case .labelEnd(let entry): compete(.labelEnd(entry.id), part, event, at: nil, why(entry, in: state.labelEnds))
        case .checkpoint(let scan, let track): compete(scan, on: track, part, event)
        case .claim: break
        case .childOnly(let topic): setAside(event, "counted", "\(topic) counts and changes no field")
        case .unmapped(let topic): setAside(event, "unmapped", "the topic \(topic) is not mapped")
        }
    }

    /// - Parameter why: nil for a part that says what the state says.
    private mutating func compete(
        _ contested: Contested,
        _ part: OrderFact,
        _ event: EventAccount,
        at occurredAt: Instant?,
        _ why: String?
    ) {
        let reference = EventReference(event, occurredAt: occurredAt)
        if let why {
            contests[contested, default: Contest(maxLosers: maxLosers)].lost(reference, part, why)
        } else if won.insert(contested).inserted {
            contests[contested, default: Contest(maxLosers: maxLosers)].won(reference, part)
        }
    }

    private mutating func compete(_ scan: Checkpoint, on track: Track, _ part: OrderFact, _ event: EventAccount) {
        if let place = state.shipments[track].firstIndex(of: scan) {
            compete(.scan(track, place), part, event, at: scan.occurredAt, nil)
        } else {
            compete(.scan(track, -1), part, event, at: scan.occurredAt, "forgotten: only the newest scans are kept")
        }
        if !scan.isMapped {
            setAside(event, "unmapped", "the status \"\(scan.courierStatus.text)\" of \(track.summary) is not mapped")
        }
    }

    // MARK: Why a part lost

    private func why<Key: ExplainedKey>(_ key: Key, _ winner: Key?) -> String? {
        guard let winner else { return Self.forgotten }
        return key == winner ? nil : key.loss(against: winner)
    }

    private func why<Entry: RegisterEntry>(_ entry: Entry, in register: LatestByID<Entry>) -> String?
    where Entry.Key: ExplainedKey {
        why(entry.key, register[entry.id]?.key)
    }

    private func why(_ cancellation: Cancellation) -> String? {
        guard let winner = state.cancellation else { return Self.forgotten }
        if !winner.precedes(cancellation) { return nil }
        if winner.at < cancellation.at { return "later: the order was cancelled at \(winner.at) already" }
        return "cancelled at the same time; the smaller snapshot counts: \(winner.key.loss(against: cancellation.key))"
    }

    private static let forgotten = "forgotten: the order keeps a limited number of these"
}

extension Explanation.Aside {
    /// One event may be set aside for two reasons.
    fileprivate func isNewer(than other: Explanation.Aside) -> Bool {
        event == other.event ? why < other.why : other.event.precedes(event)
    }
}
