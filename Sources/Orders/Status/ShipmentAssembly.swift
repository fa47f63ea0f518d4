/// Sorts the fulfillments, waybills and scans of one order into parcels.
struct ShipmentAssembly {
    private let state: OrderState
    /// Parcels in the order of the fulfillments, then of the tracks nobody announced.
    private var parcels: [(track: Track, shipment: ShipmentProjection)] = []

    /// All parcels of an order.
    static func shipments(of state: OrderState, operatorWaybill: Waybill?) -> [ShipmentProjection] {
        var assembly = ShipmentAssembly(state: state)
        for fulfillment in state.fulfillments.entries { assembly.add(fulfillment) }
        if let operatorWaybill {
            assembly.with(.waybill(operatorWaybill)) { shipment in
                shipment.namedByOperator = true
                shipment.withdrawn = false
            }
        }
        for label in state.liveLabels { assembly.with(.waybill(label.waybill)) { $0.withdrawn = false } }
        for tracked in state.shipments.entries { assembly.add(tracked.track) }
        return assembly.parcels.map { assembly.folded($0.shipment, on: $0.track) }
    }

    private init(state: OrderState) {
        self.state = state
    }

    private mutating func add(_ fulfillment: Fulfillment) {
        let waybills = fulfillment.waybills
        let tracks: [Track] = waybills.isEmpty ? [.fulfillment(fulfillment.id)] : waybills.map(Track.waybill)
        for track in tracks {
            with(track) { shipment in
                let isFirst = shipment.fulfillmentIDs.isEmpty
                shipment.fulfillmentIDs.append(fulfillment.id.text)
                shipment.withdrawn = fulfillment.isWithdrawn && (isFirst || shipment.withdrawn)
                shipment.announced = shipment.announced || !fulfillment.isWithdrawn
                if waybills.isEmpty {
                    shipment.courier = fulfillment.courier
                    shipment.trackingNumber = fulfillment.trackingNumbers.first
                }
            }
        }
    }

    /// A track with scans that no fulfillment announces any more, or never did: that of a label taken back, for one.
    private mutating func add(_ track: Track) {
        if parcels.contains(where: { $0.track == track }) { return }
        switch track {
        case .fulfillment(let id):
            if state.fulfillments[id] == nil { with(track) { $0.fulfillmentIDs = [id.text] } }
        case .waybill(let waybill):
            let isSuperseded = state.claims.contains(waybill)
            with(track) { $0.withdrawn = isSuperseded }
        }
    }

    private mutating func with(_ track: Track, _ change: (inout ShipmentProjection) -> Void) {
        let index = parcels.firstIndex { $0.track == track } ?? parcels.count
        if index == parcels.count {
            var shipment = ShipmentProjection()
            if case .waybill(let waybill) = track {
                shipment.courier = waybill.courier
                shipment.trackingNumber = waybill.trackingNumber
            }
            parcels.append((track, shipment))
        }
        change(&parcels[index].shipment)
    }

    /// Folds a parcel's own scans and those of its fulfillments; a second parcel of one fulfillment takes the fulfillment's
    /// scans only while it has none of its own.
    private func folded(_ shipment: ShipmentProjection, on track: Track) -> ShipmentProjection {
        var scans = TrackedShipment(track: track, checkpoints: state.shipments[track])
        let hasOwn = !scans.checkpoints.isEmpty
        if case .waybill(let waybill) = track {
            for id in shipment.fulfillmentIDs.map({ ExactText($0) }) {
                let isFirst = state.fulfillments[id]?.waybills.first == waybill
                guard isFirst || !hasOwn else { continue }
                for checkpoint in state.shipments[.fulfillment(id)] { scans.join(checkpoint) }
            }
        }
        var shipment = shipment
        shipment.journey = ShipmentFold(scans.checkpoints)
        return shipment
    }
}
