/// One parcel of an order as the outside sees it.
package struct ShipmentProjection: Equatable, Sendable {
    package internal(set) var courier: CourierName?
    package internal(set) var trackingNumber: String?
    /// The fulfillments of the shop that ride on it.
    package internal(set) var fulfillmentIDs: [String] = []
    /// Whether an operator named this waybill.
    package internal(set) var namedByOperator = false
    /// Whether the shop took it back, or the order now names another waybill; it still counts once the courier has it.
    package internal(set) var withdrawn = false
    /// Whether the shop says that it is on its way, scans or not.
    package internal(set) var announced = false
    package internal(set) var journey = ShipmentFold([])

    package var status: CourierStatus? { journey.status }
    package var leg: ShipmentFold.Leg { journey.leg }
    package var deliveredAt: Instant? { journey.deliveredAt }
    package var cashCollected: Bool { journey.cashCollected }
    package var cash: Money? { journey.cash }

    package var waybill: Waybill? {
        guard let courier, let trackingNumber else { return nil }
        return Waybill(courier: courier, trackingNumber: trackingNumber)
    }

    /// What people call it: its waybill or, without one, whatever it is known by.
    var summary: String {
        waybill?.summary ?? trackingNumber ?? "fulfillment \(fulfillmentIDs.first ?? "")"
    }

    /// Whether the derived status of the order looks at it.
    package var counts: Bool {
        if status == .cancelled { return false }
        return !withdrawn || journey.hasLeftShop
    }
}

extension ShipmentFold {
    /// Whether the courier has the parcel on its way to the receiver.
    package var isInCustody: Bool {
        switch status {
        case .pickedUp, .inTransit, .outForDelivery, .availableForPickup, .attemptFailed, .exception, .onHold: leg == .forward
        default: false
        }
    }

    /// Whether the receiver has the parcel.
    package var isDelivered: Bool { status == .delivered && leg == .forward }

    /// Whether the courier ever got the parcel, whatever became of it.
    package var hasLeftShop: Bool {
        switch status {
        case nil, .unknown, .labelCreated, .pickupScheduled, .cancelled: leg == .returning
        default: true
        }
    }
}
