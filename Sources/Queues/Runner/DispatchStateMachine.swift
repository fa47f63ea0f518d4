package import Postgres

/// When a runner claims, and how long it may sit still.
package struct DispatchStateMachine: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package enum Action: Equatable, Sendable {
        /// Claim up to that many jobs.
        case claim(room: Int)
        /// Wait for a ring, at most until then.
        case wait(until: Instant)
        case stop
    }

    /// Longest time between two looks: what no doorbell rang for starts within it.
    package static let pollInterval: Duration = .seconds(1)
    /// Shortest time until something that is due later is looked for.
    package static let shortestWait: Duration = .milliseconds(1)
    /// How long to wait between two attempts while PostgreSQL or Redis is away.
    package static let backoff = ReconnectBackoff()

    /// So many ends wait for nobody, however many run at once.
    private static let enoughEnds = 32

    private let concurrency: Int
    private let pollInterval: Duration
    /// Jobs claimed whose end is not written down yet.
    package private(set) var occupied = 0
    private var isRung = true
    private var nextLook: Instant
    /// Claims in a row that could not be made.
    private var failures = 0
    private var isClaiming = false
    package private(set) var isStopping = false

    package init(concurrency: Int, pollInterval: Duration = Self.pollInterval, now: Instant) {
        self.concurrency = concurrency
        self.pollInterval = pollInterval
        nextLook = now
    }

    /// Whether another job may be claimed.
    package var hasRoom: Bool { occupied < concurrency }
    /// Whether nothing is left to be written down.
    package var isDrained: Bool { isStopping && occupied == 0 && !isClaiming }

    /// Whether so many ends are worth a statement; fewer wait for others that are about to come, because a statement costs PostgreSQL much
    /// whatever its rows.
    package func hasCompany(_ ends: Int) -> Bool {
        ends >= min(Self.enoughEnds, concurrency / 4) || ends >= occupied || isStopping
    }

    /// What the runner does now; a claim is answered by `claimed` or `failed`.
    package mutating func next(now: Instant) -> Action {
        if isStopping { return .stop }
        guard hasRoom else { return .wait(until: now + pollInterval) }
        // While a server is away nobody rings it up any sooner.
        guard now >= nextLook || (isRung && failures == 0) else { return .wait(until: nextLook) }
        isRung = false
        isClaiming = true
        return .claim(room: concurrency - occupied)
    }

    /// A claim took `jobs`.
    ///
    /// - Parameters:
    ///   - leavesDue: more was due than there was room for.
    ///   - next: until something comes due, or until there are turns again.
    ///   - jitter: a random number in `0..<1`, different for every replica.
    package mutating func claimed(_ jobs: Int, leavesDue: Bool, next: Duration?, jitter: Double, now: Instant) {
        occupied += jobs
        isClaiming = false
        failures = 0
        if jobs > 0, leavesDue { isRung = true }
        let poll = pollInterval * (0.5 + jitter / 2)
        nextLook = now + min(poll, max(next ?? poll, Self.shortestWait))
    }

    /// A claim could not be made.
    package mutating func failed(jitter: Double, now: Instant) {
        isClaiming = false
        failures += 1
        nextLook = now + Self.backoff.delay(attempt: failures, jitter: jitter)
    }

    /// A doorbell came.
    package mutating func rang() {
        isRung = true
    }

    /// Jobs were written down as ended: there is room, and perhaps a job that waited behind one of them.
    package mutating func finished(_ jobs: Int) {
        occupied -= jobs
        isRung = true
    }

    /// Nothing is claimed any more.
    package mutating func stop() {
        isStopping = true
    }
}
