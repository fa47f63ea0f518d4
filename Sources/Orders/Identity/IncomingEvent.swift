package import FoundationEssentials

/// An event on its way into the store: what it is about, what it is called and what it says.
package struct IncomingEvent: Hashable, Sendable {
    /// Same identity and same body, same id.
    package let id: EventID
    /// What the event is about.
    package let subject: Subject
    /// shopify, courier, …
    package let source: String
    /// The shop's domain; of a courier's callback the courier's name.
    package let shop: String
    /// Lower case; of a courier's callback the provider.
    package let topic: String
    /// The order id, the tracking number, or of an event about a shop its domain.
    package let refID: String
    /// What the sender calls the event; one identity with two bodies is two events and an anomaly.
    package let identity: UUID
    /// What it says, whoever delivers it.
    package let fact: FactID
    /// SHA-256 of `body`.
    package let bodyHash: Digest
    /// The sender's name of this delivery.
    package let deliveryID: String?
    /// When the sender says it happened; nil when it does not say so legibly.
    package let triggeredAt: Instant?
    /// When it reached us.
    package let receivedAt: Instant
    /// The exact bytes that came.
    package let body: [UInt8]
    /// Only of a courier's callback.
    package let courier: String?
    /// The trace that its sender goes on with; nil when the event begins one, which its id names.
    package var traceID: UUID?

    /// An event of any source; `name` is what the sender calls it, within its source, shop and topic, nil when the body is
    /// its only name.
    package init(
        subject: Subject,
        source: String,
        shop: String,
        topic: String,
        refID: String,
        name: String?,
        part: String = "",
        deliveryID: String? = nil,
        triggeredAt: Instant? = nil,
        receivedAt: Instant,
        body: [UInt8],
        bodyHash: Digest,
        courier: String? = nil
    ) {
        let name = name ?? "body:\(bodyHash.hex)"
        identity = UUID(
            Digest(of: Array([source, shop, topic, part, name].joined(separator: "\u{1F}").utf8))
        )
        id = EventID(identity: identity, bodyHash: bodyHash)
        fact = FactID(topic: topic, bodyHash: bodyHash, part: part)
        self.subject = subject
        self.source = source
        self.shop = shop
        self.topic = topic
        self.refID = refID
        self.bodyHash = bodyHash
        self.deliveryID = deliveryID
        self.triggeredAt = triggeredAt
        self.receivedAt = receivedAt
        self.body = body
        self.courier = courier
    }

    /// Parses a body that has to be a JSON object.
    static func object(_ body: [UInt8]) throws(IncomingEventError) -> JSONDocument {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body)
        } catch {
            throw .malformedJSON(error)
        }
        guard document.root.isObject else { throw .notAnObject }
        return document
    }
}
