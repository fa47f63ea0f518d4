/// Writes the fields of an explanation: the value from the state, its setter and its losers from the contests.
struct FieldTable {
    let state: OrderState
    let projection: OrderProjection
    let contests: Contests
    let wishes: OperatorWishes
    /// Every parcel with the scans its journey is folded from.
    let scanned: [(shipment: ShipmentProjection, scans: [Scan])]

    typealias Scan = (track: Track, checkpoint: Checkpoint)

    init(_ state: OrderState, _ projection: OrderProjection, _ contests: Contests) {
        self.state = state
        self.projection = projection
        self.contests = contests
        wishes = OperatorWishes(state)
        scanned = ShipmentAssembly.scannedShipments(of: state, operatorWaybill: wishes.waybill)
    }

    /// All fields that have a value or that any event speaks of.
    var fields: [Explanation.Field] {
        let all = SnapshotField.plain.map(plain) + layered + whereabouts + lifecycle + derived + entries + parcels
        return all.filter { $0.value != nil || $0.setBy != nil || $0.lostCount > 0 }
    }

    // MARK: What only snapshots say

    func plain(_ field: SnapshotField) -> Explanation.Field {
        if field.isPersonal, state.redacted { return redacted(field) }
        return Explanation.Field(
            field.name,
            state.snapshot.flatMap(field.value),
            setBy: setter(.snapshot, "the newest snapshot, of \(state.snapshot?.key.updatedAt.iso8601 ?? "")"),
            losses(.snapshot) { Self.said(field, $0) }
        )
    }

    /// Personal data that is removed: everything that ever set it has lost.
    private func redacted(_ field: SnapshotField) -> Explanation.Field {
        let snapshots = losses(.snapshot) { _ in nil }
        return Explanation.Field(
            field.name,
            nil,
            setBy: setter(.redaction, "personal data is removed on request"),
            outweighed(.snapshot, "redacted: personal data is removed on request") + snapshots
        )
    }

    static func said(_ field: SnapshotField, _ part: OrderFact) -> FieldValue? {
        guard case .snapshot(let snapshot) = part, !field.isPersonal else { return nil }
        return field.value(snapshot)
    }

    // MARK: What outweighs a snapshot

    /// Fields that an operator, or a courier, may set over the source's head.
    private var layered: [Explanation.Field] {
        [
            overridable(.note, .note, wishes.note.map(FieldValue.text)),
            overridable(.shippingAddress, .shippingAddress, wishes.shippingAddress.map(FieldValue.json)),
            shippingFee,
        ]
    }

    private func overridable(
        _ field: SnapshotField,
        _ edit: OperatorEdit.Field,
        _ wish: FieldValue?
    ) -> Explanation.Field {
        let edits = losses(.edit(edit)) { _ in nil }
        guard let wish else {
            let plain = plain(field)
            let handedBack =
                state.redacted && edit.isPersonal
                ? "redacted: personal data is removed on request" : "the operator handed the field back to its source"
            return plain.adding(outweighed(.edit(edit), handedBack) + edits)
        }
        let snapshots = outweighed(.snapshot, "an operator's edit outweighs the source") + losses(.snapshot) { _ in nil }
        return Explanation.Field(field.name, wish, setBy: setter(.edit(edit), "an operator set it"), edits + snapshots)
    }

    private var shippingFee: Explanation.Field {
        let plain = plain(.shippingFee)
        guard let label = state.feeLabel, let fee = label.fee else {
            let basis = state.snapshot?.shippingPrice == nil ? "the tier of its total" : "its shipping lines"
            return plain.because("\(basis), as the newest snapshot says")
        }
        return Explanation.Field(
            plain.name,
            FieldValue(fee.description),
            setBy: setter(.label(label.id), "what the courier charges for booking \(label.attempt)"),
            losses(.label(label.id)) { _ in nil }
                + outweighed(.snapshot, "the courier's own fee outweighs what the source says") { Self.said(.shippingFee, $0) }
                + losses(.snapshot) { Self.said(.shippingFee, $0) }
        )
    }
}
