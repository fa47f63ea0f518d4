/// Whether an order is booked, and why it is or is not, in words.
package struct BookingAccount: Equatable, Sendable {
    package let isBooked: Bool
    package let bookable: Bool
    /// Sentences; never empty.
    package let reasons: [String]
}

/// What is known of an order's bookings beside its state.
package struct BookingContext: Sendable {
    /// The job that carries one attempt out.
    package struct Job: Sendable, Equatable {
        package var attempt: Int32
        /// How often a worker has taken it.
        package var takes: Int32
        /// Until it may be taken; zero or less when it may be now.
        package var waits: Duration
        package var isRunning: Bool
        /// Whether it waits behind a dead letter of its order.
        package var isBlocked: Bool
        package var isDead: Bool
        package var lastError: String?

        package init(
            attempt: Int32,
            takes: Int32 = 0,
            waits: Duration = .zero,
            isRunning: Bool = false,
            isBlocked: Bool = false,
            isDead: Bool = false,
            lastError: String? = nil
        ) {
            self.attempt = attempt
            self.takes = takes
            self.waits = waits
            self.isRunning = isRunning
            self.isBlocked = isBlocked
            self.isDead = isDead
            self.lastError = lastError
        }
    }

    package var policy: BookingPolicy
    package var bookings: [Booking]
    package var jobs: [Job]
    /// Whether orders have effects at all; nil where the asker does not know.
    package var isOn: Bool?
    package var isQuarantined: Bool

    package init(
        policy: BookingPolicy = BookingPolicy(),
        bookings: [Booking] = [],
        jobs: [Job] = [],
        isOn: Bool? = nil,
        isQuarantined: Bool = false
    ) {
        self.policy = policy
        self.bookings = bookings
        self.jobs = jobs
        self.isOn = isOn
        self.isQuarantined = isQuarantined
    }
}

extension BookingAccount {
    init(_ state: OrderState, _ projection: OrderProjection, _ context: BookingContext) {
        let bookability = projection.bookability
        isBooked = bookability.isBooked
        bookable = bookability.isBookable && !context.isQuarantined
        var reasons: [String] = []
        if bookability.isBooked {
            reasons += state.liveLabels.map { "Booked: \($0.summary)" }
            reasons += bookability.objections.map { "Not wanted any more: \($0.explained(by: state, context.policy))" }
        } else {
            reasons += bookability.objections.map { "Not booked: \($0.explained(by: state, context.policy))" }
        }
        if context.isQuarantined {
            reasons.append("Held for a person: an event of the order could not be merged, so nobody knows what it wants")
        }
        reasons += Self.attempts(context, isBooked: bookability.isBooked)
        if reasons.isEmpty { reasons.append(Self.unclaimed(context)) }
        self.reasons = reasons
    }

    /// What became of the attempts; of those that ended only the last one matters.
    private static func attempts(_ context: BookingContext, isBooked: Bool) -> [String] {
        let last = context.bookings.max { $0.attempt < $1.attempt }
        return context.bookings.sorted { $0.attempt < $1.attempt }.compactMap { booking in
            guard booking.state.isActive || booking.attempt == last?.attempt else { return nil }
            let job = context.jobs.first { $0.attempt == booking.attempt }
            return words(booking, job, isBooked: isBooked)
        }
    }

    private static func words(_ booking: Booking, _ job: BookingContext.Job?, isBooked: Bool) -> String? {
        let attempt = "attempt \(booking.attempt)"
        let because = booking.reason.map { ": \($0)" } ?? ""
        switch booking.state {
        case .claimed: return claimed(attempt, job)
        case .requested: return "Not booked yet: the courier is being asked, \(attempt)\(error(job))"
        case .unknown:
            return "Not booked yet: \(attempt) was sent and its outcome is unknown; it is looked up before it is sent again"
                + error(job)
        case .booked: return isBooked ? nil : "The label of \(attempt) is no longer good\(because)"
        case .cancelRequested: return "The courier is asked to take the label of \(attempt) back\(because)"
        case .cancelled: return isBooked ? nil : "The last \(attempt) was cancelled\(because)"
        case .returnRequested: return "The courier is asked to bring the parcel of \(attempt) back\(because)"
        case .returned: return "The parcel of \(attempt) came back\(because)"
        case .rejected:
            return
                "Not booked: the courier refused \(attempt)\(because); another address, or a hold and its release, opens the next"
        case .parked:
            return "Not booked: \(attempt) has used up its attempts\(because)\(error(job)); its dead letter waits for a person"
        }
    }

    private static func claimed(_ attempt: String, _ job: BookingContext.Job?) -> String {
        guard let job else { return "Not booked yet: \(attempt) is claimed" }
        if job.isBlocked { return "Not booked yet: \(attempt) waits behind a dead letter of its order" }
        if job.isDead { return "Not booked: \(attempt) is a dead letter\(error(job))" }
        if job.waits > .zero {
            let verb = job.takes == 0 ? "it settles for" : "\(attempt) is tried again in"
            return "Not booked yet: \(verb) another \(seconds(job.waits))\(error(job))"
        }
        return "Not booked yet: \(attempt) waits for a worker\(error(job))"
    }

    private static func error(_ job: BookingContext.Job?) -> String {
        job?.lastError.map { " (last error: \($0))" } ?? ""
    }

    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        return milliseconds < 10_000 ? "\((milliseconds / 100).rounded(.up) / 10) s" : "\(Int(milliseconds / 1_000)) s"
    }

    private static func unclaimed(_ context: BookingContext) -> String {
        context.isOn == false
            ? "Not booked: it may be, but booking is switched off (BOOKING=off)"
            : "Not booked yet: nothing speaks against it; the next change of the order claims an attempt"
    }
}
