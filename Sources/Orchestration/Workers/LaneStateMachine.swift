/// Decides what a lane does next: first what its consumer had before it restarted, then new doorbells, and now and then those of
/// consumers that fell silent.
///
/// What was read is kept while PostgreSQL is away: who reads on instead throws every doorbell of the outage away.
struct LaneStateMachine<Received> {
    typealias Instant = ContinuousClock.Instant

    enum Action {
        /// Read what this consumer left unacknowledged, and say `read`.
        case readOwn
        /// Wait for new doorbells, and say `read`; after a large batch it is worth a moment to gather more.
        case readNew(gathers: Bool)
        /// Take over what others left behind, and say `claimed`.
        case claim
        /// Merge and acknowledge, and say `merged`.
        case merge([Received])
    }

    private enum Phase {
        case readingOwn
        case readingNew
        case claiming([Received])
        case merging([Received])
    }

    private let claimInterval: Duration
    /// Subjects of a batch after which the lane counts as loaded.
    private let loadedSubjects: Int
    private var phase = Phase.readingOwn
    private var hasReadOwn = false
    private var isLoaded = false
    private var nextClaim: Instant
    /// Failures in a row.
    private(set) var failures = 0

    init(claimInterval: Duration, loadedSubjects: Int, now: Instant) {
        self.claimInterval = claimInterval
        self.loadedSubjects = loadedSubjects
        nextClaim = now + claimInterval
    }

    var next: Action {
        switch phase {
        case .readingOwn: .readOwn
        case .readingNew: .readNew(gathers: isLoaded)
        case .claiming: .claim
        case .merging(let received): .merge(received)
        }
    }

    /// Whether something was read, or is being taken over with it, that nobody has tried to merge.
    var hasUntried: Bool {
        switch phase {
        case .readingOwn, .readingNew: false
        case .claiming(let received): failures == 0 && !received.isEmpty
        case .merging: failures == 0
        }
    }

    /// Others are looked after when there is nothing new and, however busy the lane is, from time to time.
    mutating func read(_ received: [Received], at now: Instant) {
        if case .readingOwn = phase {
            hasReadOwn = received.isEmpty
            phase = received.isEmpty ? .readingNew : .merging(received)
        } else {
            phase = received.isEmpty || now >= nextClaim ? .claiming(received) : .merging(received)
        }
    }

    mutating func claimed(_ others: [Received], at now: Instant) {
        guard case .claiming(let received) = phase else { preconditionFailure("nothing was to be claimed") }
        nextClaim = now + claimInterval
        let all = received + others
        if all.isEmpty { merged(subjects: 0) } else { phase = .merging(all) }
    }

    mutating func merged(subjects: Int) {
        isLoaded = subjects >= loadedSubjects
        failures = 0
        phase = hasReadOwn ? .readingNew : .readingOwn
    }

    /// The action failed.
    ///
    /// - Parameter keeps: what was read is tried again, because PostgreSQL was away. Else it is left to Redis, which gives it out again
    ///   because it was not acknowledged.
    mutating func failed(keeps: Bool) {
        failures += 1
        switch phase {
        case .readingOwn, .readingNew: break
        // What was read does not wait for what others left.
        case .claiming(let received): phase = received.isEmpty ? .readingNew : .merging(received)
        case .merging: if !keeps { phase = hasReadOwn ? .readingNew : .readingOwn }
        }
    }
}
