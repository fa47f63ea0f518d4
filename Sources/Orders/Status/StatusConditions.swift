/// What the derived status looks at.
package struct StatusConditions: Equatable, Sendable {
    package var someReturned = false
    package var someReturning = false
    package var someDelivered = false
    package var allDelivered = false
    package var someInCustody = false
    package var someLostOrDamaged = false
    package var cancelled = false
    package var fulfilled = false
    package var activeBooking = false
    package var openHold = false
    package var bookable = false
    package var paidAndHydrated = false

    package init() {}

    /// The first line that matches; the last one always does.
    package var status: OrderStatus {
        Self.table.first { $0.matches(self) }?.status ?? .pending
    }

    /// The table of derived status, first match wins.
    private static let table: [(status: OrderStatus, matches: @Sendable (StatusConditions) -> Bool)] = [
        (.returned, { $0.someReturned }),
        (.returning, { $0.someReturning }),
        (.delivered, { $0.allDelivered }),
        (.cancelling, { $0.cancelled && $0.someInCustody }),
        (.failed, { $0.someLostOrDamaged }),
        (.shipped, { $0.someInCustody || $0.someDelivered }),
        (.cancelled, { $0.cancelled }),
        (.shipped, { $0.fulfilled }),
        (.booked, { $0.activeBooking }),
        (.onHold, { $0.openHold }),
        (.confirmed, { $0.bookable || $0.paidAndHydrated }),
    ]
}
