package import FoundationEssentials

/// One attempt to have a courier fetch an order.
package struct Booking: Equatable, Sendable {
    package let order: OrderID
    /// Counted from 1 for each order.
    package let attempt: Int32
    package internal(set) var state: BookingState
    /// What the address it is booked for hashes to.
    package internal(set) var destination: Digest
    /// The label, as soon as there is one; stays when it is taken back.
    package internal(set) var courier: CourierName?
    package internal(set) var trackingNumber: String?
    package internal(set) var fee: Money?
    /// How often a worker took its command. A worker names the number with everything it reports, so that one that was
    /// paused changes nothing.
    package internal(set) var takes: Int32
    /// Why it ended, for people.
    package internal(set) var reason: String?
    /// Whether its label came after the attempt was given up, and another attempt has its place.
    package internal(set) var isLate: Bool
    /// Whether the courier said that it has the parcel when it was asked to cancel.
    package internal(set) var isHandedOver: Bool
    /// Whether nobody tries to cancel it or to bring it back any more, although that is wanted: a person has to look.
    package internal(set) var isGivenUp: Bool
    /// Whether the courier cancelled its label by itself while the order wanted it.
    package internal(set) var isVoided: Bool

    /// The idempotency key of its request: the same on every machine.
    package var reference: UUID { Self.reference(of: order, attempt: attempt) }

    /// Whether the order can have no other attempt beside it; at most one attempt of an order is.
    package var isActive: Bool { state.isActive && !isLate }

    package init(
        order: OrderID,
        attempt: Int32,
        state: BookingState = .claimed,
        destination: Digest,
        courier: CourierName? = nil,
        trackingNumber: String? = nil,
        fee: Money? = nil,
        takes: Int32 = 0,
        reason: String? = nil,
        isLate: Bool = false,
        isHandedOver: Bool = false,
        isGivenUp: Bool = false,
        isVoided: Bool = false
    ) {
        self.order = order
        self.attempt = attempt
        self.state = state
        self.destination = destination
        self.courier = courier
        self.trackingNumber = trackingNumber
        self.fee = fee
        self.takes = takes
        self.reason = reason
        self.isLate = isLate
        self.isHandedOver = isHandedOver
        self.isGivenUp = isGivenUp
        self.isVoided = isVoided
    }

    /// The reference of an attempt: UUIDv5 of the order and the number.
    package static func reference(of order: OrderID, attempt: Int32) -> UUID {
        UUID(namespace: order.uuid, name: "booking \(attempt)")
    }

    /// Moves on; nil, and unchanged, when the event means nothing in this state.
    @discardableResult
    package mutating func fold(_ event: BookingEvent, reason: String? = nil) -> BookingMachine.Step? {
        guard var step = BookingMachine.next(state, event) else { return nil }
        // What ends without a worker counts as a take, too: it is checked anew, and a worker that was paused changes nothing.
        if event == .taken || (event == .withdrawn && state.needsPerson) { takes += 1 }
        if event == .cancelRefused { isHandedOver = true }
        if event == .voided, state == .booked { isVoided = true }
        // Whoever is refused at the first take has no other request under way, and what has its label need not be looked for.
        if event == .refused, takes <= 1 { step = BookingMachine.Step(step.state) }
        if event == .withdrawn, step.effect == .check, trackingNumber != nil { step = BookingMachine.Step(step.state) }
        isGivenUp = event == .cancelGivenUp || event == .returnGivenUp
        self.reason = reason ?? (step.state == state ? self.reason : nil)
        state = step.state
        return step
    }
}
