/// The four-value shipping status.
package enum ShippingStatus: String, CaseIterable, Sendable {
    case pending
    /// Booked or labelled; the courier has not got it yet.
    case fulfilling
    case shipped
    case delivered

    init(_ conditions: StatusConditions, shipments: [ShipmentProjection]) {
        self =
            if conditions.allDelivered {
                .delivered
            } else if conditions.fulfilled || shipments.contains(where: { $0.journey.hasLeftShop }) {
                .shipped
            } else if conditions.isBooked || !shipments.isEmpty {
                .fulfilling
            } else {
                .pending
            }
    }
}
