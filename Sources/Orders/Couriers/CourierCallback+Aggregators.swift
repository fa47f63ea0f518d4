/// Bodies of services that speak for many couriers.
extension CourierCallback {
    /// An event around a tracker, or the tracker itself.
    static func easyPost(_ root: JSONValue) -> CourierCallback? {
        let tracker = root["result"] ?? root
        let status = tracker.text("status") ?? ""
        let history = tracker.elements("tracking_details").map { detail in
            CourierCheckpoint(
                rawStatus: detail.text("status") ?? "",
                detail: detail.text("status_detail"),
                occurredAt: detail.instant("datetime"),
                message: detail.text("message")
            )
        }
        let latest =
            history.newest(saying: status)
            ?? CourierCheckpoint(
                rawStatus: status,
                detail: tracker.text("status_detail"),
                occurredAt: tracker.instant("updated_at")
            )
        return CourierCallback(
            .easypost,
            courier: tracker.text("carrier"),
            trackingNumber: tracker.text("tracking_code"),
            latest: latest,
            history: history
        )
    }

    static func shippo(_ root: JSONValue) -> CourierCallback? {
        let data = root["data"] ?? root
        return CourierCallback(
            .shippo,
            courier: data.text("carrier"),
            trackingNumber: data.text("tracking_number"),
            latest: shippoScan(data["tracking_status"]),
            history: data.elements("tracking_history").map(shippoScan)
        )
    }

    private static func shippoScan(_ scan: JSONValue?) -> CourierCheckpoint {
        CourierCheckpoint(
            rawStatus: scan?.text("status") ?? "",
            detail: scan?["substatus"]?.text("code") ?? scan?.text("substatus"),
            occurredAt: scan?.instant("status_date"),
            message: scan?.text("status_details")
        )
    }

    /// The tracking's tag is the newest checkpoint's; the tracking itself changes for other reasons too.
    static func afterShip(_ root: JSONValue) -> CourierCallback? {
        let tracking = root["msg"] ?? root
        let tag = tracking.text("tag") ?? ""
        let history = tracking.elements("checkpoints").map { afterShipScan($0, at: $0.instant("checkpoint_time")) }
        let latest =
            history.newest(saying: tag)
            ?? afterShipScan(tracking, at: tracking.instant("updated_at") ?? root.instant("ts"))
        return CourierCallback(
            .aftership,
            courier: tracking.text("slug"),
            trackingNumber: tracking.text("tracking_number"),
            latest: latest,
            history: history
        )
    }

    private static func afterShipScan(_ scan: JSONValue, at occurredAt: Instant?) -> CourierCheckpoint {
        CourierCheckpoint(
            rawStatus: scan.text("tag") ?? "",
            detail: scan.text("subtag"),
            occurredAt: occurredAt,
            cashCollected: scan.text("subtag")?.lowercased() == "delivered_004",
            message: scan.text("message") ?? scan.text("subtag_message")
        )
    }
}

extension [CourierCheckpoint] {
    /// The latest scan with this status that says when it was.
    fileprivate func newest(saying status: String) -> CourierCheckpoint? {
        filter { $0.rawStatus == status && $0.occurredAt != nil }
            .max { ($0.occurredAt ?? .epoch) < ($1.occurredAt ?? .epoch) }
    }
}
