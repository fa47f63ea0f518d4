import FoundationEssentials
import Orders
import Postgres

/// One event that changed an order, and who is behind it.
struct OrderChange: Sendable {
    /// Changes named in a conflict.
    static let maxShown: Int32 = 20

    var eventID: UUID
    var source: String
    var topic: String
    var reason: String
    var version: Int64?
    var at: PostgresTimestamp
    /// Of an operator's edit.
    var editor: String?

    init(row: Row) throws {
        eventID = try row.decode(0)
        source = try row.decode(1)
        topic = try row.decode(2)
        reason = try row.decode(3)
        version = try row.decodeIfPresent(4)
        at = try row.decode(5)
        editor = topic == IncomingEvent.editTopic ? Self.editor(of: try row.decode(6)) : nil
    }

    /// Who made an edit, from its body.
    static func editor(of body: [UInt8]) -> String? {
        (try? JSONDocument(parsing: body))?.root.text("editor")
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("actor", editor ?? source)
        writer.member("kind", editor == nil ? "event" : "operator")
        writer.member("at", at)
        writer.member("eventId", eventID)
        writer.member("topic", topic)
        writer.member("reason", reason)
        writer.nullable("version", version)
        writer.endObject()
    }

    /// What changed the order `$1` after version `$2`, newest first. Run for an order's page and for conflicts. Served by
    /// `audit_log_pkey`, `audit_log_order_index` and `event_store_subject_index`.
    static let latest = Statement(
        "order_change_latest",
        """
        SELECT a.event_id, a.source, a.topic, a.reason, a.version, a.applied_at,
            CASE WHEN a.topic = 'console/edit' THEN (
                SELECT e.body FROM event_store AS e WHERE e.subject_id = a.subject_id AND e.event_id = a.event_id) ELSE '' END
        FROM (
            SELECT * FROM audit_log WHERE subject_id = $1
            UNION ALL
            SELECT * FROM audit_log WHERE order_id = $1 AND order_id <> subject_id
        ) AS a
        WHERE a.status = 'processed' AND a.version > $2
        ORDER BY a.applied_at DESC, a.version DESC
        LIMIT $3
        """
    )
}
