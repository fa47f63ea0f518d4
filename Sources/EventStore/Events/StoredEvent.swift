package import FoundationEssentials
package import Orders
import Postgres

/// An event as read back from the store.
package struct StoredEvent: Sendable {
    package var subjectID: UUID
    package var kind: String
    package var id: EventID
    package var shop: String
    package var refID: String
    package var identity: UUID
    package var deliveryID: String?
    /// Its fact; `triggeredAt` is the smallest over the event's deliveries.
    package var fact: StoredFact

    /// Columns that `init(row:)` reads, in the order in which every statement that reads events names them.
    static let columnCount = 14

    init(row: Row) throws {
        subjectID = try row.decode(0)
        kind = try row.decode(1)
        id = EventID(try row.decode(2))
        shop = try row.decode(4)
        refID = try row.decode(6)
        identity = try row.decode(7)
        deliveryID = try row.decodeIfPresent(10)
        fact = StoredFact(
            source: try row.decode(3),
            topic: try row.decode(5),
            fact: FactID(try row.decode(8)),
            waybill: kind == "waybill" ? WaybillID(subjectID) : nil,
            bodyHash: try row.digest(9),
            triggeredAt: try row.instantIfPresent(11),
            receivedAt: try row.instant(12),
            body: try row.decode(13)
        )
    }

    /// The same event with the body of its row.
    package func with(body: [UInt8]) -> StoredEvent {
        var event = self
        event.fact.body = body
        return event
    }
}
