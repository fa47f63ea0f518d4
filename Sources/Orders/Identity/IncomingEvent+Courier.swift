extension IncomingEvent {
    /// The `source` of couriers' callbacks.
    package static let courierSource = "courier"

    /// Most waybills of one body: it is stored once for each.
    package static let maxWaybills = 100
    /// Most bytes that one body may come to in the store, over all its waybills.
    package static let maxWaybillBytes = 16 << 20

    /// The events of a verified callback: one for each waybill its body speaks of; of one that speaks of something else than parcels, one
    /// event about its provider.
    package static func courier(
        _ provider: CourierProvider,
        body: [UInt8],
        receivedAt: Instant
    ) throws(IncomingEventError) -> [IncomingEvent] {
        let document = try object(body)
        let callbacks = CourierCallback.decode(provider, document)
        let bodyHash = Digest(of: body)
        guard !callbacks.isEmpty else {
            guard CourierCallback.isAboutNoParcel(provider, document) else { throw .missingTrackingNumber(provider) }
            return [
                IncomingEvent(
                    subject: .shop(ShopID(source: courierSource, shop: provider.rawValue)),
                    source: courierSource,
                    shop: provider.rawValue,
                    topic: provider.rawValue,
                    refID: provider.rawValue,
                    name: nil,
                    receivedAt: receivedAt,
                    body: body,
                    bodyHash: bodyHash,
                    courier: provider.rawValue
                )
            ]
        }
        var seen: Set<Waybill> = []
        let waybills = callbacks.map(\.waybill).filter { seen.insert($0).inserted }
        guard waybills.count <= maxWaybills, waybills.count == 1 || waybills.count * body.count <= maxWaybillBytes else {
            throw .tooManyWaybills(provider)
        }
        return waybills.map { waybill in
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
