extension FactBody {
    /// A fulfillment, the waybills it claims, and its shipment status as a scan.
    ///
    /// - Parameter bodyHash: nil for an element of a snapshot's list, whose canonical JSON is hashed instead.
    func fulfillment(_ element: JSONValue, bodyHash: Digest?, _ statuses: CourierStatusMap) -> [OrderFact] {
        guard let id = element.text("id") else { return [] }
        let updatedAt = time(element, "updated_at", "created_at")
        var numbers = element.elements("tracking_numbers").compactMap(\.text)
        if numbers.isEmpty, let number = element.text("tracking_number") { numbers = [number] }
        let fulfillment = Fulfillment(
            id: ExactText(id),
            key: Fulfillment.Key(
                updatedAt: updatedAt,
                triggeredAt: triggeredAt,
                bodyHash: bodyHash ?? Digest(of: element.canonicalJSON)
            ),
            status: element.text("status"),
            courier: element.text("tracking_company").flatMap(CourierName.init),
            trackingNumbers: numbers
        )
        var parts = fulfillment.waybills.map(OrderFact.claim) + [.fulfillment(fulfillment)]
        if let word = element.text("shipment_status") {
            parts.append(.checkpoint(shopScan(word, at: updatedAt, statuses), .fulfillment(fulfillment.id)))
        }
        return parts
    }

    /// A scan that the shop reports for one of its fulfillments.
    func fulfillmentEvent(_ statuses: CourierStatusMap) -> [OrderFact] {
        guard let id = root.text("fulfillment_id"), let word = root.text("status") else { return [] }
        let at = time(root, "happened_at", "updated_at", "created_at")
        return [.checkpoint(shopScan(word, at: at, statuses), .fulfillment(ExactText(id)))]
    }

    private func shopScan(_ word: String, at instant: Instant, _ statuses: CourierStatusMap) -> Checkpoint {
        Checkpoint(
            occurredAt: instant,
            status: statuses.normalise(provider: CourierStatusMap.shopify, status: word),
            courierStatus: word
        )
    }
}
