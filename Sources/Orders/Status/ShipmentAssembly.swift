/// Sorts the fulfillments, waybills and scans of one order into parcels.
struct ShipmentAssembly {
    private let state: OrderState
    /// Parcels in the order of the fulfillments, then of the tracks nobody announced.
    private var parcels: [(track: Track, shipment: ShipmentProjection)] = []

    /// All parcels of an order.
    static func shipments(of state: OrderState, operatorWaybill: Waybill?) -> [ShipmentProjection] {
        assembled(of: state, operatorWaybill: operatorWaybill).parcels.map(\.shipment)
    }

    /// All parcels of an order, each with the scans its journey is folded from, sorted.
    static func scannedShipments(
        of state: OrderState,
        operatorWaybill: Waybill?
    ) -> [(shipment: ShipmentProjection, scans: [(track: Track, checkpoint: Checkpoint)])] {
        let assembly = assembled(of: state, operatorWaybill: operatorWaybill)
        return assembly.parcels.map { parcel in
            let tracks = assembly.scannedTracks(parcel.shipment, on: parcel.track)
            let joined = assembly.scans(on: tracks).checkpoints
            return (
                parcel.shipment,
                joined.map { scan in
                    (tracks.first { assembly.state.shipments[$0].contains(scan) } ?? parcel.track, scan)
                }
            )
        }
    }

    private static func assembled(of state: OrderState, operatorWaybill: Waybill?) -> ShipmentAssembly {
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
        for (index, parcel) in assembly.parcels.enumerated() {
            let tracks = assembly.scannedTracks(parcel.shipment, on: parcel.track)
            assembly.parcels[index].shipment.journey = ShipmentFold(assembly.scans(on: tracks).checkpoints)
        }
        return assembly
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

    /// The tracks whose scans tell a parcel's journey: its own, and those of its fulfillments; a second parcel of one
    /// fulfillment takes the fulfillment's scans only while it has none of its own.
    private func scannedTracks(_ shipment: ShipmentProjection, on track: Track) -> [Track] {
        guard case .waybill(let waybill) = track else { return [track] }
        let hasOwn = !state.shipments[track].isEmpty
        let fulfillments = shipment.fulfillmentIDs.map { ExactText($0) }.filter { id in
            state.fulfillments[id]?.waybills.first == waybill || !hasOwn
        }
        return [track] + fulfillments.map(Track.fulfillment)
    }

    private func scans(on tracks: [Track]) -> TrackedShipment {
        var scans = TrackedShipment(track: tracks[0], checkpoints: state.shipments[tracks[0]])
        for track in tracks.dropFirst() {
            for checkpoint in state.shipments[track] { scans.join(checkpoint) }
        }
        return scans
    }
}
