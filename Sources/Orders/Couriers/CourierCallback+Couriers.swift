/// Bodies that couriers send themselves.
extension CourierCallback {
    /// `{tracking_number, status, courier, timestamp}`
    static func native(_ root: JSONValue) -> CourierCallback? {
        CourierCallback(
            .native,
            courier: root.text("courier"),
            trackingNumber: root.text("tracking_number"),
            latest: CourierCheckpoint(
                rawStatus: root.text("status") ?? "",
                detail: root.text("detail"),
                occurredAt: root.instant("timestamp"),
                message: root.text("message")
            )
        )
    }

    /// State codes; `cod` is the cash the courier had to collect.
    static func bosta(_ root: JSONValue) -> CourierCallback? {
        let state = root["state"]?.text ?? root["state"]?.text("code") ?? ""
        let cash = root.money("cod") ?? .zero
        let isPaid = state == "45" && cash > .zero
        return CourierCallback(
            .bosta,
            courier: nil,
            trackingNumber: root.text("trackingNumber"),
            latest: CourierCheckpoint(
                rawStatus: state,
                detail: root.text("type"),
                occurredAt: root.instant("timeStamp"),
                cashCollected: isPaid,
                cash: isPaid ? cash : nil,
                message: root.text("exceptionReason")
            )
        )
    }

    /// One element of `shipments`.
    static func dhl(_ shipment: JSONValue) -> CourierCallback? {
        CourierCallback(
            .dhl,
            courier: nil,
            trackingNumber: shipment.text("id"),
            latest: dhlScan(shipment["status"]),
            history: shipment.elements("events").map(dhlScan)
        )
    }

    private static func dhlScan(_ event: JSONValue?) -> CourierCheckpoint {
        CourierCheckpoint(
            rawStatus: event?.text("statusCode") ?? event?.text ?? "",
            detail: event?.text("status"),
            occurredAt: event?.instant("timestamp"),
            message: event?.text("description")
        )
    }
}
