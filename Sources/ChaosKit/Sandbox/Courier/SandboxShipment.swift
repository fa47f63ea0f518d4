import FoundationEssentials
import Orders

/// A shipment at the sandbox's courier.
struct SandboxShipment: Sendable, Equatable {
    enum Status: String, Sendable {
        case booked
        case pickedUp = "picked_up"
        case inTransit = "in_transit"
        case delivered
        case cancelled
        case returnRequested = "return_requested"
        case returned

        /// Whether the label is good for a parcel that has not ended its way.
        var isActive: Bool { self != .cancelled && self != .returned && self != .delivered }
        /// Whether the courier has the parcel.
        var isInCustody: Bool { self == .pickedUp || self == .inTransit || self == .returnRequested }
    }

    let reference: UUID
    let orderID: String
    /// Of the body it was booked with.
    let bodyHash: UInt64
    var trackingNumber: String
    /// To be collected at the door.
    var cash = Money.zero
    var status = Status.booked
    /// Labels made for this reference; more than one only when the courier forgets keys.
    var labels = 1
}
