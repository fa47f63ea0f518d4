package import FoundationEssentials

extension IncomingEvent {
    /// The `source` of what our own workers heard from couriers. Nothing that comes in from outside has it.
    package static let bookingSource = "booking"

    /// A courier has made a label.
    package static func booked(
        _ attempt: BookedAttempt,
        waybill: Waybill,
        fee: Money?,
        currency: String?,
        receivedAt: Instant
    ) -> IncomingEvent {
        booking(attempt, .booked, receivedAt: receivedAt) { writer in
            writer.member("courier", waybill.courier.rawValue)
            writer.member("currency", currency)
            writer.member("fee", fee)
            writer.member("tracking_number", waybill.trackingNumber)
        }
    }

    /// A courier has taken a label back.
    package static func bookingCancelled(_ attempt: BookedAttempt, receivedAt: Instant) -> IncomingEvent {
        booking(attempt, .cancelled, receivedAt: receivedAt) { _ in }
    }

    /// A parcel is back.
    package static func bookingReturned(_ attempt: BookedAttempt, receivedAt: Instant) -> IncomingEvent {
        booking(attempt, .returned, receivedAt: receivedAt) { _ in }
    }

    /// The same outcome of the same attempt is one event, however often a worker hears of it.
    private static func booking(
        _ attempt: BookedAttempt,
        _ topic: BookingTopic,
        receivedAt: Instant,
        _ members: (inout JSONWriter) -> Void
    ) -> IncomingEvent {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("attempt", Int64(attempt.attempt))
        members(&writer)
        writer.member("reference", attempt.reference.uuidString.lowercased())
        writer.endObject()
        return IncomingEvent(
            subject: .order(attempt.order),
            source: bookingSource,
            shop: attempt.shop,
            topic: topic.rawValue,
            refID: attempt.refID,
            name: nil,
            part: attempt.order.description,
            receivedAt: receivedAt,
            body: writer.bytes,
            bodyHash: Digest(of: writer.bytes)
        )
    }
}

/// The attempt an outcome is about, with the names under which its order is stored.
package struct BookedAttempt: Sendable {
    package let order: OrderID
    package let shop: String
    package let refID: String
    package let attempt: Int32

    package var reference: UUID { Booking.reference(of: order, attempt: attempt) }

    package init(order: OrderID, shop: String, refID: String, attempt: Int32) {
        self.order = order
        self.shop = shop
        self.refID = refID
        self.attempt = attempt
    }
}

/// What a booking event says.
package enum BookingTopic: String, CaseIterable, Sendable {
    case booked = "booking/booked"
    case cancelled = "booking/cancelled"
    case returned = "booking/returned"
}
