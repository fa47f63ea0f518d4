extension IncomingEvent {
    /// The `source` of couriers' callbacks.
    package static let courierSource = "courier"

    /// The events of a verified callback: one for each waybill its body speaks of.
    package static func courier(
        _ provider: CourierProvider,
        body: [UInt8],
        receivedAt: Instant
    ) throws(IncomingEventError) -> [IncomingEvent] {
        let callbacks = CourierCallback.decode(provider, try object(body))
        guard !callbacks.isEmpty else { throw .missingTrackingNumber(provider) }
        let bodyHash = Digest(of: body)
        var seen: Set<Waybill> = []
        return callbacks.map(\.waybill).filter { seen.insert($0).inserted }.map { waybill in
            IncomingEvent(
                subject: .waybill(waybill.id),
                source: courierSource,
                shop: waybill.courier.rawValue,
                topic: provider.rawValue,
                refID: waybill.trackingNumber,
                name: nil,
                part: waybill.summary,
                receivedAt: receivedAt,
                body: body,
                bodyHash: bodyHash,
                courier: waybill.courier.rawValue
            )
        }
    }
}
