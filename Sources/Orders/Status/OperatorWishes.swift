/// What operators want of an order, where their last edits still stand.
struct OperatorWishes {
    let note: String?
    let courier: CourierName?
    let trackingNumber: String?
    /// Canonical JSON.
    let shippingAddress: [UInt8]?
    let status: OrderStatus?
    /// A status no order can have.
    let unknownStatus: String?
    /// The parcel they named; only when one edit claimed it.
    let waybill: Waybill?

    init(_ state: OrderState) {
        let edits = state.edits
        note = edits.text(of: .note)
        courier = edits.text(of: .courier).flatMap(CourierName.init)
        trackingNumber = edits.text(of: .trackingNumber)
        shippingAddress = edits.object(of: .shippingAddress)
        let statusText = edits.text(of: .status)
        status = statusText.flatMap { OrderStatus(rawValue: $0.uppercased()) }
        unknownStatus = status == nil ? statusText : nil
        if let courier, let trackingNumber {
            let named = Waybill(courier: courier, trackingNumber: trackingNumber)
            waybill = state.claims.contains(named) ? named : nil
        } else {
            waybill = nil
        }
    }
}

extension LatestByID<OperatorEdit> {
    /// The text a field is set to; nil when it is left to its source.
    func text(of field: OperatorEdit.Field) -> String? {
        guard case .text(let text) = self[ExactText(field.rawValue)]?.value else { return nil }
        return text
    }

    /// The canonical JSON object a field is set to; nil when it is left to its source.
    func object(of field: OperatorEdit.Field) -> [UInt8]? {
        guard case .object(let bytes) = self[ExactText(field.rawValue)]?.value else { return nil }
        return bytes
    }
}
