extension Explanation {
    /// Explains an order by everything that was ever stored of it.
    ///
    /// - Parameters:
    ///   - state: what the events were merged into: the stored registers.
    ///   - isScrubbed: whether they were merged without their personal data.
    ///   - total: how many events there are, when not all of them are given.
    package init(
        _ state: OrderState,
        isScrubbed: Bool = false,
        events: some Sequence<EventAccount>,
        statuses: CourierStatusMap,
        booking: BookingContext,
        total: Int? = nil,
        duplicates: Int = 0,
        namedEvents: Int = namedEvents
    ) {
        var builder = ExplanationBuilder(state, isScrubbed: isScrubbed, statuses: statuses, namedEvents: namedEvents)
        for event in events { builder.add(event) }
        self = builder.explanation(booking: booking, total: total, duplicates: duplicates)
    }
}

/// Explains an order while its events are read, a page at a time; what is kept of them is bounded.
package struct ExplanationBuilder: Sendable {
    private let state: OrderState
    private let statuses: CourierStatusMap
    private var contests: Contests

    package init(
        _ state: OrderState,
        isScrubbed: Bool,
        statuses: CourierStatusMap,
        namedEvents: Int = Explanation.namedEvents
    ) {
        self.state = state
        self.statuses = statuses
        contests = Contests(state, isScrubbed: isScrubbed, maxLosers: namedEvents)
    }

    /// Hears one event; in which order they come makes no difference.
    package mutating func add(_ event: EventAccount) {
        contests.add(event, statuses: statuses)
    }

    /// The explanation, once every event that is to be read has been heard.
    package func explanation(booking: BookingContext, total: Int? = nil, duplicates: Int = 0) -> Explanation {
        let projection = OrderProjection(state, policy: booking.policy, bookings: booking.bookings)
        var counts = contests.counts
        counts.events = total ?? counts.read
        counts.duplicates = duplicates
        return Explanation(
            fields: FieldTable(state, projection, contests).fields,
            booking: BookingAccount(state, projection, booking),
            asides: contests.asides,
            asideCount: contests.asideCount,
            counts: counts,
            anomalies: projection.anomalies
        )
    }
}
