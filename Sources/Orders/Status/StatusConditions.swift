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
    package var isBooked = false
    package var openHold = false
    package var bookable = false
    package var paidAndHydrated = false

    package init() {}

    package var status: OrderStatus { rule.status }

    /// The first rule that matches; the last one always does.
    package var rule: StatusRule {
        Self.table.first { $0.matches(self) }?.rule ?? .nothingElse
    }

    /// The table of derived status, first match wins.
    private static let table: [(rule: StatusRule, matches: @Sendable (StatusConditions) -> Bool)] = [
        (.someReturned, { $0.someReturned }),
        (.someReturning, { $0.someReturning }),
        (.allDelivered, { $0.allDelivered }),
        (.cancelledInCustody, { $0.cancelled && $0.someInCustody }),
        (.someLost, { $0.someLostOrDamaged }),
        (.someOut, { $0.someInCustody || $0.someDelivered }),
        (.cancelled, { $0.cancelled }),
        (.fulfilled, { $0.fulfilled }),
        (.booked, { $0.isBooked }),
        (.held, { $0.openHold }),
        (.confirmed, { $0.bookable || $0.paidAndHydrated }),
    ]
}
