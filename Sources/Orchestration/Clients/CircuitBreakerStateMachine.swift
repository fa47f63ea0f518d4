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

    /// Whether a call may be made now.
    package enum Permission: Sendable, Equatable {
        case go(Ticket)
        case refuse(Refusal)
    }

    /// Why nothing is sent.
    package struct Refusal: Sendable, Equatable {
        /// When to ask again.
        package var after: Duration
        /// How long calls have failed one after the other; zero while a probe is under way.
        package var silence: Duration
        /// Of the last call that failed.
        package var failure: String
    }

    /// What the breaker shows to operators.
    package enum Condition: String, Sendable {
        case closed, open, halfOpen
    }

    private enum State: Sendable {
        case closed(failures: Int)
        case open(until: ContinuousClock.Instant, openFor: Duration)
        /// A probe is under way.
        case halfOpen(openFor: Duration)
    }

    /// A probe that is under way is soon over.
    private static let probeWait: Duration = .milliseconds(250)
    /// Failures that lie further apart than this and two openings say nothing about the time between them: nobody has called.
    private static let longestPause: Duration = .seconds(60)

    private let limits: Limits
    private var state = State.closed(failures: 0)
    /// Calls that failed one after the other: when the first and the last of them ended, and why.
    private var trouble: (since: ContinuousClock.Instant, until: ContinuousClock.Instant, failure: String)?
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

    /// Asks for a call; every `go` is followed by one `finish` or `abandon`.
    package mutating func begin(now: ContinuousClock.Instant) -> Permission {
        switch state {
        case .closed:
            return .go(Ticket(period: period))
        case .open(let until, let openFor):
            guard now >= until else { return .refuse(refusal(after: now.duration(to: until), isProbing: false)) }
            enter(.halfOpen(openFor: openFor))
            return .go(Ticket(period: period))
        case .halfOpen:
            return .refuse(refusal(after: min(limits.firstOpen, Self.probeWait), isProbing: true))
        }
    }

    private func refusal(after wait: Duration, isProbing: Bool) -> Refusal {
        let silence = trouble.map { $0.since.duration(to: $0.until) } ?? .zero
        return Refusal(after: wait, silence: isProbing ? .zero : silence, failure: trouble?.failure ?? "")
    }

    /// Tells how the call ended.
    ///
    /// - Parameter failure: why there was no usable answer; nil when the destination works, whatever it said.
    package mutating func finish(_ ticket: Ticket, failure: String?, now: ContinuousClock.Instant) {
        guard ticket.period == period else { return }
        note(failure, now: now)
        switch (state, failure == nil) {
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

    private mutating func note(_ failure: String?, now: ContinuousClock.Instant) {
        guard let failure else {
            trouble = nil
            return
        }
        let goesOn = trouble.map { $0.until.duration(to: now) <= limits.longestOpen * 2 + Self.longestPause } ?? false
        trouble = (goesOn ? trouble?.since ?? now : now, now, failure)
    }

    /// The call was not made, which says nothing: if it was the probe, the next one is.
    package mutating func abandon(_ ticket: Ticket, now: ContinuousClock.Instant) {
        guard ticket.period == period, case .halfOpen(let openFor) = state else { return }
        enter(.open(until: now, openFor: openFor))
    }

    private mutating func enter(_ next: State) {
        state = next
        period += 1
    }
}
