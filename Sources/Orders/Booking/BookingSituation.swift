/// What a decision about the bookings of one order looks at: the order as it is now, and nothing of how it came to be.
package struct BookingSituation: Sendable {
    /// Where the parcel of a label is.
    package enum Whereabouts: Equatable, Sendable {
        case atShop
        /// On its way, to the receiver or back.
        case withCourier
        /// Delivered, lost or damaged: nothing more to be done with it.
        case gone
        case returned
        /// The courier cancelled the label by itself.
        case voided
    }

    /// The label of one attempt.
    package struct Parcel: Sendable {
        package let label: Label
        package let end: LabelEnd.Kind?
        package let whereabouts: Whereabouts
        package let isReturning: Bool
        /// Whether the shop knows of it: one of its fulfillments has the tracking number.
        package let isAnnounced: Bool
        package let isDelivered: Bool
        package let cashCollected: Bool

        /// Whether it has left the shop and is not back.
        var isOut: Bool { whereabouts == .withCourier || whereabouts == .gone }
    }

    package let order: OrderID
    /// Whether a courier should fetch the order, our own label set aside.
    package let isWanted: Bool
    package let isCancelled: Bool
    package let isPaid: Bool
    /// Whether a label of ours is good for the order.
    package let isBooked: Bool
    /// What the address of the order hashes to; that of no address is a destination too.
    package let destination: Digest
    /// By attempt.
    package let parcels: [Int32: Parcel]

    /// - Parameter isQuarantined: whether an event of the order could not be merged, so that nobody knows what it wants.
    package init(_ order: OrderID, _ state: OrderState, _ projection: OrderProjection, isQuarantined: Bool = false) {
        self.order = order
        isWanted = projection.bookability.isWanted && !isQuarantined
        isCancelled = state.isCancelled
        isPaid = projection.paymentStatus == .paid
        isBooked = projection.bookability.isBooked
        destination = Digest(of: projection.shippingAddress ?? [])
        var parcels: [Int32: Parcel] = [:]
        for label in state.labels.entries {
            parcels[label.attempt] = Parcel(label, end: state.labelEnds[label.id]?.kind, projection.shipments)
        }
        self.parcels = parcels
    }
}

extension BookingSituation.Parcel {
    fileprivate init(_ label: Label, end: LabelEnd.Kind?, _ shipments: [ShipmentProjection]) {
        let shipment = shipments.first { $0.waybill == label.waybill }
        let journey = shipment?.journey ?? ShipmentFold([])
        self.label = label
        self.end = end
        whereabouts =
            switch journey.status {
            case .cancelled: .voided
            case .returned: .returned
            case .lost, .damaged: .gone
            case _ where journey.isInCustody || journey.isReturning: .withCourier
            case _ where journey.hasLeftShop: .gone
            default: .atShop
            }
        isReturning = journey.isReturning
        isAnnounced = shipments.contains { $0.isAnnounced(as: label.waybill.trackingNumber) }
        isDelivered = journey.isDelivered
        cashCollected = journey.cashCollected
    }
}

extension ShipmentProjection {
    /// Whether a fulfillment of the shop names this tracking number; shops spell couriers as they like.
    func isAnnounced(as trackingNumber: String) -> Bool {
        announced && self.trackingNumber.map(Waybill.normalForm) == trackingNumber
    }
}
