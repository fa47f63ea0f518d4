import EventStore
package import FoundationEssentials
package import Orders
package import Postgres

/// Words of couriers and topics of shops that nobody has mapped, gathered from the events that had them.
package struct UnmappedInbox: Sendable {
    /// Events looked at, the newest ones.
    package static let maxEvents = 2_000
    /// Bodies are read; a large one is left to the page of its order.
    private static let maxBodyBytes = 262_144

    package struct Key: Hashable, Sendable {
        /// Else it is a topic of a shop.
        package var isStatus: Bool
        package var provider: String
        package var status: String
        package var detail: String?
    }

    package struct Group: Sendable {
        package var key: Key
        package var count: Int64
        package var orders: Set<UUID>
        package var firstAt: PostgresTimestamp
        package var lastAt: PostgresTimestamp
        package var sampleEvent: UUID
        package var sampleBody: [UInt8]

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("kind", key.isStatus ? "status" : "topic")
            writer.member("provider", key.provider)
            writer.member("status", key.status)
            writer.nullable("detail", key.detail)
            writer.member("count", count)
            writer.member("orders", Int64(orders.count))
            writer.member("firstAt", firstAt)
            writer.member("lastAt", lastAt)
            writer.member("sampleEventId", sampleEvent)
            writer.member("sampleBody", String(decoding: sampleBody, as: UTF8.self))
            writer.endObject()
        }
    }

    /// The event of one audit row that says unmapped.
    struct Event: Sendable {
        var subjectID: UUID
        var id: UUID
        var orderID: UUID?
        var source: String
        var topic: String
        var receivedAt: PostgresTimestamp
        var body: [UInt8]
    }

    package var groups: [Group]
    /// Whether every such event was looked at.
    package var isComplete: Bool

    /// Largest group first; what operators mapped in the meantime is left out.
    package static func read(on connection: isolated PostgresConnection) throws -> UnmappedInbox {
        let statuses = try statuses(on: connection)
        let events = try self.events(on: connection)
        var groups: [Key: Group] = [:]
        for event in events {
            for key in keys(of: event, statuses: statuses) {
                var group =
                    groups[key]
                    ?? Group(
                        key: key,
                        count: 0,
                        orders: [],
                        firstAt: event.receivedAt,
                        lastAt: event.receivedAt,
                        sampleEvent: event.id,
                        sampleBody: event.body
                    )
                group.count += 1
                if let order = event.orderID { group.orders.insert(order) }
                group.firstAt = min(group.firstAt, event.receivedAt)
                group.lastAt = max(group.lastAt, event.receivedAt)
                groups[key] = group
            }
        }
        return UnmappedInbox(
            groups: groups.values.sorted { ($0.count, $0.lastAt) > ($1.count, $1.lastAt) },
            isComplete: events.count < maxEvents
        )
    }

    /// Events that were set aside because of the words of a mapping.
    static func events(
        with mapping: CourierStatusMap.Mapping,
        on connection: isolated PostgresConnection
    ) throws -> [Event] {
        let words = CourierStatusMap([mapping])
        return try events(on: connection).filter { event in
            keys(of: event, statuses: .standard).contains { key in
                key.isStatus && words.normalise(provider: key.provider, status: key.status, detail: key.detail) != nil
            }
        }
    }

    /// The words that are known, with those that operators taught.
    static func statuses(on connection: isolated PostgresConnection) throws -> CourierStatusMap {
        CourierStatusMap.standard.adding(try CourierStatusTable.all(on: connection))
    }

    private static func events(on connection: isolated PostgresConnection) throws -> [Event] {
        try connection.query(select, [.int4(Int32(maxEvents)), .int4(Int32(maxBodyBytes))]).map { row in
            Event(
                subjectID: try row.decode(0),
                id: try row.decode(1),
                orderID: try row.decodeIfPresent(2),
                source: try row.decode(3),
                topic: try row.decode(4),
                receivedAt: try row.decode(5),
                body: try row.decode(6)
            )
        }
    }

    /// What of an event nobody has mapped.
    static func keys(of event: Event, statuses: CourierStatusMap) -> Set<Key> {
        guard event.source == IncomingEvent.courierSource, let provider = CourierProvider(event.topic) else {
            return [Key(isStatus: false, provider: event.source, status: event.topic, detail: nil)]
        }
        guard let document = try? JSONDocument(parsing: event.body) else { return [] }
        let scans = CourierCallback.decode(provider, document).flatMap(\.checkpoints)
        let unknown = scans.filter { scan in
            statuses.normalise(provider: provider.rawValue, status: scan.rawStatus, detail: scan.detail) == nil
        }
        return Set(unknown.map { Key(isStatus: true, provider: provider.rawValue, status: $0.rawStatus, detail: $0.detail) })
    }

    /// Run when the inbox is opened and when a status is mapped. Served by `audit_log_attention_index` and
    /// `event_store_subject_index`.
    private static let select = Statement(
        "unmapped_events",
        """
        SELECT a.subject_id, a.event_id, a.order_id, a.source, a.topic, a.received_at,
            CASE WHEN octet_length(e.body) <= $2 THEN e.body ELSE '' END
        FROM (
            SELECT * FROM audit_log WHERE status = 'unmapped' ORDER BY applied_at DESC LIMIT $1
        ) AS a
        JOIN event_store AS e
            ON e.subject_id = a.subject_id AND e.event_id = a.event_id AND e.received_at = a.received_at
        ORDER BY a.applied_at DESC
        """
    )

    /// Run after a mapping. Served by `audit_log_pkey`.
    static let markMapped = Statement(
        "unmapped_mark_mapped",
        """
        UPDATE audit_log AS a SET status = 'processed', reason = left(a.reason, 500) || '; ' || $3, applied_at = now()
        FROM unnest($1::uuid[], $2::uuid[]) AS t (subject_id, event_id)
        WHERE a.subject_id = t.subject_id AND a.event_id = t.event_id AND a.status = 'unmapped'
        """
    )
}
