/// Which parcels of an order are our own bookings', and whether it is shipped by any other.
struct BookedParcels {
    /// Whether a label of ours is good: nobody has taken it back, and its parcel is neither voided nor back.
    let isBooked: Bool
    /// Whether the shop has announced a parcel of ours; it then calls the order shipped, and its lines done, because of us.
    let isAnnounced: Bool
    let isShippedOtherwise: Bool

    init(_ state: OrderState, counted: [ShipmentProjection], all shipments: [ShipmentProjection]) {
        let labels = state.liveLabels.filter { label in
            let status = shipments.first { $0.waybill == label.waybill }?.status
            return status != .cancelled && status != .returned
        }
        let numbers = Set(labels.map(\.waybill.trackingNumber))
        func isOurs(_ shipment: ShipmentProjection) -> Bool {
            shipment.trackingNumber.map { numbers.contains(Waybill.normalForm($0)) } ?? false
        }
        isBooked = !labels.isEmpty
        isAnnounced = counted.contains { isOurs($0) && $0.announced }
        let others = counted.contains { !isOurs($0) && ($0.announced || $0.journey.hasLeftShop) }
        let shopSaysSo = state.snapshot?.fulfillmentStatus == .partial || state.snapshot?.fulfillmentStatus == .fulfilled
        isShippedOtherwise = others || (shopSaysSo && !isAnnounced)
    }
}
