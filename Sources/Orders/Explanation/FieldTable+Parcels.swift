/// Parcels: where each one is, and which scan said so.
extension FieldTable {
    var parcels: [Explanation.Field] {
        scanned.prefix(Self.maxEntries).map { field($0.shipment, $0.scans) }
    }

    /// The name of a parcel's field.
    static func name(of shipment: ShipmentProjection) -> String {
        "shipment \(shipment.trackingNumber == nil ? "of " : "")\(shipment.summary)"
    }

    private func field(_ shipment: ShipmentProjection, _ scans: [Scan]) -> Explanation.Field {
        let verdicts = ShipmentFold.verdicts(on: scans.map(\.checkpoint))
        let deciding = verdicts.lastIndex(of: .moved)
        var losses = Losses()
        for index in scans.indices.reversed() {
            let contested = contested(scans[index])
            let said = FieldValue(scans[index].checkpoint.status.rawValue)
            if index != deciding {
                losses = losses + outweighed(contested, Self.why(verdicts[index], scans[index].checkpoint)) { _ in said }
            }
            losses = losses + self.losses(contested) { _ in said }
        }
        for track in Set(scans.map(\.track)) { losses = losses + self.losses(.scan(track, -1)) }
        let mover = deciding.flatMap { index in
            let scan = scans[index].checkpoint
            return setter(contested(scans[index]), "\"\(scan.courierStatus.text)\" at \(scan.occurredAt)")
        }
        losses.named = Array(losses.named.prefix(Explanation.namedEvents))
        return Explanation.Field(Self.name(of: shipment), FieldValue(shipment.status?.rawValue), setBy: mover, losses)
    }

    private func contested(_ scan: Scan) -> Contested {
        .scan(scan.track, state.shipments[scan.track].firstIndex(of: scan.checkpoint) ?? -1)
    }

    private static func why(_ verdict: ScanVerdict, _ scan: Checkpoint) -> String {
        switch verdict {
        case .moved: "an earlier scan: \(scan.status.rawValue) at \(scan.occurredAt)"
        case .meaningless: "\"\(scan.courierStatus.text)\" means nothing for the status"
        case .unmapped: "nobody has mapped \"\(scan.courierStatus.text)\""
        case .afterEnd: "after the end: the journey was over"
        case .onReturnLeg: "the parcel is on its way back, where this changes nothing"
        case .late: "a late scan: the parcel was delivered before"
        case .reused: "picked up long after the delivery: the waybill travels again, on its way back"
        }
    }

    /// The event that tells where a parcel is; nil while nobody has scanned it.
    func scanSetter(of shipment: ShipmentProjection, _ reason: String) -> Explanation.Setter? {
        scanned.first { $0.shipment == shipment }.flatMap { field($0.shipment, $0.scans).because(reason).setBy }
    }

    /// The event that gave the order a parcel: an operator's, ours, the shop's, or the courier's own.
    func namer(of shipment: ShipmentProjection) -> Explanation.Setter? {
        if shipment.namedByOperator { return setter(.edit(.trackingNumber), "an operator named the parcel") }
        if let label = state.liveLabels.first(where: { $0.waybill == shipment.waybill }) {
            return setter(.label(label.id), "the label of booking \(label.attempt)")
        }
        if let id = shipment.fulfillmentIDs.first {
            return setter(.fulfillment(ExactText(id)), "the parcel of fulfillment \(id)")
        }
        return scanSetter(of: shipment, "a courier's word of a parcel that the order once named")
    }
}
