/// Decides whether a destination is called at all.
///
/// Closed, everything goes. After `failures` calls in a row without a usable answer it opens and refuses for a while; then
/// one call goes as a probe: an answer closes it, a failure opens it for twice as long. Calls that began before it last
/// changed say nothing about the present and are not counted.
package struct CircuitBreakerStateMachine: Sendable {
    /// When it opens, and for how long.
    package struct Limits: Sendable, Equatable {
        /// Failures in a row that open it.
        package var failures: Int
        package var firstOpen: Duration
        package var longestOpen: Duration

        package init(failures: Int, firstOpen: Duration, longestOpen: Duration) {
            precondition(failures > 0 && firstOpen > .zero && longestOpen >= firstOpen, "a breaker opens for some time")
            self.failures = failures
            self.firstOpen = firstOpen
            self.longestOpen = longestOpen
        }
    }

    /// Names the period in which a call began.
    package struct Ticket: Sendable, Equatable {
        fileprivate let period: Int
    }

    package enum Permission: Sendable, Equatable {
        case go(Ticket)
        case refuse(after: Duration)
    }

    package enum Condition: String, Sendable {
        case closed, open, halfOpen
    }

    private enum State: Sendable {
        case closed(failures: Int)
        case open(until: ContinuousClock.Instant, openFor: Duration)
        /// A probe is under way.
        case halfOpen(openFor: Duration)
    }

    private let limits: Limits
    private var state = State.closed(failures: 0)
    private var period = 0

    package init(limits: Limits) {
        self.limits = limits
    }

    package var condition: Condition {
        switch state {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        }
    }

    /// Asks for a call; every `go` is followed by one `finish`.
    package mutating func begin(now: ContinuousClock.Instant) -> Permission {
        switch state {
        case .closed:
            return .go(Ticket(period: period))
        case .open(let until, let openFor):
            guard now >= until else { return .refuse(after: now.duration(to: until)) }
            enter(.halfOpen(openFor: openFor))
            return .go(Ticket(period: period))
        case .halfOpen:
            return .refuse(after: limits.firstOpen)
        }
    }

    /// Tells how the call ended: `isAnswered` when the destination works, whatever it said.
    package mutating func finish(_ ticket: Ticket, isAnswered: Bool, now: ContinuousClock.Instant) {
        guard ticket.period == period else { return }
        switch (state, isAnswered) {
        case (.closed, true):
            state = .closed(failures: 0)
        case (.closed(let failures), false) where failures + 1 < limits.failures:
            state = .closed(failures: failures + 1)
        case (.closed, false):
            enter(.open(until: now + limits.firstOpen, openFor: limits.firstOpen))
        case (.halfOpen, true):
            enter(.closed(failures: 0))
        case (.halfOpen(let openFor), false):
            let longer = min(openFor * 2, limits.longestOpen)
            enter(.open(until: now + longer, openFor: longer))
        case (.open, _):
            preconditionFailure("no call begins while the breaker is open")
        }
    }

    private mutating func enter(_ next: State) {
        state = next
        period += 1
    }
}
