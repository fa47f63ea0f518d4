/// What the event store hands over to be merged: a distinct (topic, body hash) of one order.
///
/// `triggeredAt` and `receivedAt` are the minima over all deliveries of the fact. When a later delivery lowers one of them
/// after the fact was merged, the order has to be folded anew from its facts: a snapshot that lost is not kept.
package struct StoredFact: Sendable {
    /// shopify, storefront, courier, console, booking.
    package let source: String
    package let topic: String
    package let fact: FactID
    /// The waybill a courier's event was stored under: a body that speaks of several is cut down to it.
    package let waybill: WaybillID?
    package let bodyHash: Digest
    package var triggeredAt: Instant?
    package var receivedAt: Instant
    package var body: [UInt8]

    package init(
        source: String,
        topic: String,
        fact: FactID,
        waybill: WaybillID? = nil,
        bodyHash: Digest,
        triggeredAt: Instant?,
        receivedAt: Instant,
        body: [UInt8]
    ) {
        self.source = source
        self.topic = topic
        self.fact = fact
        self.waybill = waybill
        self.bodyHash = bodyHash
        self.triggeredAt = triggeredAt
        self.receivedAt = receivedAt
        self.body = body
    }
}
