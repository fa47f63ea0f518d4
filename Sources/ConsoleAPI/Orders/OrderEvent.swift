import FoundationEssentials
import Orders
import Postgres

/// One event of an order's timeline.
struct OrderEvent: Sendable {
    /// Which events of the timeline are shown.
    enum Selection: String, CaseIterable, Sendable {
        case all
        case failed
        case `operator`
    }

    var id: UUID
    var kind: String
    var source: String
    var topic: String
    var deliveryID: String?
    var receivedAt: PostgresTimestamp
    var triggeredAt: PostgresTimestamp?
    var appliedAt: PostgresTimestamp?
    var status: String?
    var reason: String?
    var flags: [String]
    var version: Int64?
    var duplicates: Int
    var waitingError: String?
    var body: [UInt8]
    var showsBody: Bool

    private init(row: Row, showsBody: Bool) throws {
        id = try row.decode(0)
        kind = try row.decode(1)
        source = try row.decode(2)
        topic = try row.decode(3)
        deliveryID = try row.decodeIfPresent(4)
        receivedAt = try row.decode(5)
        triggeredAt = try row.decodeIfPresent(6)
        appliedAt = try row.decodeIfPresent(7)
        status = try row.decodeIfPresent(8)
        reason = try row.decodeIfPresent(9)
        flags = try row.decode(10)
        version = try row.decodeIfPresent(11)
        duplicates = try row.decode(12)
        waitingError = try row.decodeIfPresent(13)
        body = try row.decode(14)
        self.showsBody = showsBody
    }

    /// Newest first: its own events, and what couriers said of its parcels.
    static func page(
        of order: UUID,
        _ only: Selection,
        after cursor: PageCursor?,
        limit: Int,
        withBodies: Bool,
        on connection: isolated PostgresConnection
    ) throws -> (events: [OrderEvent], next: PageCursor?) {
        let before = try cursor.map { (at: try $0.time(0), id: try $0.uuid(1)) }
        let bindings: [Binding] = [
            .uuid(order), .timestamptz(before?.at), .uuid(before?.id), .int4(Int32(limit + 1)), .text(only.rawValue),
        ]
        let rows = try connection.query(select, bindings)
        let events = try rows.prefix(limit).map { try OrderEvent(row: $0, showsBody: withBodies) }
        guard rows.count > limit, let last = events.last else { return (events, nil) }
        return (events, PageCursor([String(last.receivedAt.microseconds), last.id.text]))
    }

    /// The exact bytes of an event of the subject, or of a parcel that the order of this id ships with.
    static func body(_ event: UUID, of subject: UUID, on connection: isolated PostgresConnection) throws -> [UInt8]? {
        try connection.query(selectBody, [.uuid(subject), .uuid(event)]).first?.decode(0)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("eventId", id)
        writer.member("subjectKind", kind)
        writer.member("source", source)
        writer.member("topic", topic)
        writer.nullable("deliveryId", deliveryID)
        writer.member("receivedAt", receivedAt)
        writer.nullable("triggeredAt", triggeredAt)
        writer.nullable("appliedAt", appliedAt)
        writer.nullable("status", status)
        writer.nullable("reason", reason)
        writer.strings("flags", flags)
        writer.nullable("version", version)
        writer.member("duplicates", Int64(duplicates))
        writer.nullable("actor", topic == IncomingEvent.editTopic ? OrderChange.editor(of: body) : nil)
        writer.nullable("waitingError", waitingError)
        if showsBody { writer.member("body", String(decoding: body, as: UTF8.self)) }
        writer.member("bodyBytes", Int64(body.count))
        writer.endObject()
    }

    /// Run by an order's timeline. Served by `event_store_subject_index`, `shipments_pkey`, `audit_log_pkey`,
    /// `duplicate_deliveries_event_index` and `unapplied_events_pkey`.
    private static let select = Statement(
        "order_event_page",
        """
        SELECT
            e.event_id, e.subject_kind, e.source, e.topic, e.delivery_id, e.received_at, e.triggered_at, a.applied_at, a.status,
            a.reason, coalesce(a.flags, '{}'), a.version,
            (SELECT count(*) FROM duplicate_deliveries AS d WHERE d.subject_id = e.subject_id AND d.event_id = e.event_id),
            (SELECT u.last_error FROM unapplied_events AS u WHERE u.subject_id = e.subject_id AND u.event_id = e.event_id),
            e.body
        FROM event_store AS e
        LEFT JOIN audit_log AS a ON a.subject_id = e.subject_id AND a.fact_id = e.fact_id AND a.event_id = e.event_id
        WHERE e.subject_id IN (SELECT $1::uuid UNION SELECT s.waybill_id FROM shipments AS s WHERE s.order_id = $1)
            AND ($2::timestamptz IS NULL OR (e.received_at, e.event_id) < ($2, $3::uuid))
            AND ($5 = 'all' OR $5 = 'failed' AND a.status = 'failed' OR $5 = 'operator' AND e.topic = 'console/edit')
        ORDER BY e.received_at DESC, e.event_id DESC
        LIMIT $4
        """
    )

    /// Served by `event_store_subject_index` and `shipments_pkey`.
    private static let selectBody = Statement(
        "order_event_body",
        """
        SELECT e.body FROM event_store AS e
        WHERE e.subject_id IN (SELECT $1::uuid UNION SELECT s.waybill_id FROM shipments AS s WHERE s.order_id = $1)
            AND e.event_id = $2
        """
    )
}
