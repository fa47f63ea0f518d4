/// One thing to write about the bookings of an order.
package enum BookingStep: Equatable, Sendable {
    /// A new attempt; its command waits for the settle time.
    case claim(Booking)
    /// A changed attempt, and the command that goes with it.
    case change(Booking, BookingEffect?)
    /// An attempt that nobody has begun, of an order that is not quiet yet: its command waits anew.
    case settle(Booking)

    package var booking: Booking {
        switch self {
        case .claim(let booking), .change(let booking, _), .settle(let booking): booking
        }
    }
}
