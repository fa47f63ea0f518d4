import Testing

@testable import Orders

@Suite struct StatusConditionsTests {
    struct Row: Sendable {
        let set: @Sendable (inout StatusConditions) -> Void
        let order: OrderStatus
        let status: PublicStatus

        init(_ order: OrderStatus, _ status: PublicStatus, _ set: @escaping @Sendable (inout StatusConditions) -> Void) {
            self.set = set
            self.order = order
            self.status = status
        }
    }

    /// The table of derived status, line by line.
    static let rows = [
        Row(.returned, .cancelled) { $0.someReturned = true },
        Row(.returning, .shipped) { $0.someReturning = true },
        Row(.delivered, .shipped) { ($0.allDelivered, $0.someDelivered) = (true, true) },
        Row(.cancelling, .cancelled) { ($0.cancelled, $0.someInCustody) = (true, true) },
        Row(.failed, .shipped) { $0.someLostOrDamaged = true },
        Row(.shipped, .shipped) { $0.someInCustody = true },
        Row(.shipped, .shipped) { $0.someDelivered = true },
        Row(.cancelled, .cancelled) { $0.cancelled = true },
        Row(.shipped, .shipped) { $0.fulfilled = true },
        Row(.booked, .confirmed) { $0.isBooked = true },
        Row(.onHold, .pending) { $0.openHold = true },
        Row(.confirmed, .confirmed) { $0.bookable = true },
        Row(.confirmed, .confirmed) { $0.paidAndHydrated = true },
        Row(.pending, .pending) { _ in },
    ]

    @Test(arguments: rows.indices)
    func `each line of the table yields its status`(index: Int) {
        var conditions = StatusConditions()
        Self.rows[index].set(&conditions)
        #expect(conditions.status == Self.rows[index].order)
        #expect(conditions.status.publicStatus == Self.rows[index].status)
    }

    @Test(arguments: rows.indices)
    func `an earlier line outweighs all later ones`(index: Int) {
        var conditions = StatusConditions()
        for row in Self.rows[index...].reversed() where row.order != .cancelling { row.set(&conditions) }
        Self.rows[index].set(&conditions)
        let isCancelling = conditions.cancelled && conditions.someInCustody
        let expected = Self.rows[index].order
        let outweighed: [OrderStatus] = [.failed, .shipped]
        #expect(conditions.status == (isCancelling && outweighed.contains(expected) ? .cancelling : expected))
    }
}
