/// Where a parcel is, in the one vocabulary that every courier's words are mapped to.
package enum CourierStatus: String, CaseIterable, Hashable, Sendable {
    case labelCreated = "label_created"
    case pickupScheduled = "pickup_scheduled"
    case pickedUp = "picked_up"
    case inTransit = "in_transit"
    case outForDelivery = "out_for_delivery"
    case availableForPickup = "available_for_pickup"
    case attemptFailed = "attempt_failed"
    case exception
    case onHold = "on_hold"
    case delivered
    case returnInTransit = "return_in_transit"
    case returned
    case lost
    case damaged
    case cancelled
    case unknown

    /// Orders scans of the same moment.
    package var rank: Int {
        switch self {
        case .unknown: 0
        case .labelCreated: 1
        case .pickupScheduled: 2
        case .pickedUp: 3
        case .inTransit: 4
        case .outForDelivery, .availableForPickup: 5
        case .attemptFailed, .exception, .onHold: 6
        case .delivered: 9
        case .returnInTransit: 11
        case .returned: 12
        case .lost, .damaged, .cancelled: 13
        }
    }
}
