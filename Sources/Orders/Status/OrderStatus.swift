/// What became of an order, as its own status column says.
package enum OrderStatus: String, CaseIterable, Sendable {
    case returned = "RETURNED"
    case returning = "RETURNING"
    case delivered = "DELIVERED"
    case cancelling = "CANCELLING"
    case failed = "FAILED"
    case shipped = "SHIPPED"
    case cancelled = "CANCELLED"
    case booked = "BOOKED"
    case onHold = "ON_HOLD"
    case confirmed = "CONFIRMED"
    case pending = "PENDING"

    /// The four-value status that the outside sees.
    package var publicStatus: PublicStatus {
        switch self {
        case .returned, .cancelling, .cancelled: .cancelled
        case .returning, .delivered, .failed, .shipped: .shipped
        case .booked, .confirmed: .confirmed
        case .onHold, .pending: .pending
        }
    }
}

/// The four values of the public `status`.
package enum PublicStatus: String, CaseIterable, Sendable {
    case pending = "PENDING"
    case confirmed = "CONFIRMED"
    case shipped = "SHIPPED"
    case cancelled = "CANCELLED"
}
