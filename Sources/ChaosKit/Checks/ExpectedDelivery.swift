package import EventStore
package import FoundationEssentials
package import Orders

/// What a load must have left behind, by the answers it got.
package struct ExpectedDelivery: Sendable {
    /// Events whose delivery was answered with a success, each once.
    package let events: [EventID: IncomingEvent]
    /// Deliveries answered with a success that carried an event for the second, third, … time.
    package let repeatedDeliveries: Int
    /// Orders whose state is known: no delivery about them is in doubt.
    package let orders: [OrderID: ExpectedOrder]
    /// Orders with a delivery that was sent and not answered with a success.
    package let ordersInDoubt: Set<OrderID>
    /// Everything the deliveries are about, whatever became of them.
    package let subjects: [UUID]

    /// - Parameters:
    ///   - outcomes: what became of each delivery, by its place.
    ///   - known: events that were in the store before the load.
    ///   - aftermath: what came of the bookings of the orders.
    package init(
        _ deliveries: [Delivery],
        _ outcomes: [LoadResult.Outcome],
        known: Set<EventID> = [],
        aftermath: BookingAftermath = BookingAftermath()
    ) throws {
        var events: [EventID: IncomingEvent] = [:]
        var doubtful: Set<OrderID> = []
        var successes = 0
        var subjects: Set<UUID> = []
        for (delivery, outcome) in zip(deliveries, outcomes) {
            for event in delivery.events {
                subjects.insert(event.subject.uuid)
                if outcome.isSuccess {
                    successes += 1
                    events[event.id] = event
                } else if outcome != .unsent, case .order(let id) = event.subject {
                    doubtful.insert(id)
                }
            }
        }
        self.events = events
        repeatedDeliveries = successes - events.keys.count { !known.contains($0) }
        ordersInDoubt = doubtful
        self.subjects = subjects.sorted()
        let certain = deliveries.indices.filter { outcomes[$0].isSuccess }.flatMap { deliveries[$0].events }
        orders = try ExpectedOrder.fold(certain, aftermath).filter { !doubtful.contains($0.key) }
    }
}
