package import FoundationEssentials
import Orders
package import Postgres

/// The events of some subjects, of each the oldest first, without their bodies: those are read a page at a time, because an order
/// may have thousands of large ones.
package struct EventHistory: Sendable {
    /// One event; its body is empty until `read` has brought it.
    package struct Entry: Sendable {
        package var event: StoredEvent
        /// Length of the body.
        package var bytes: Int
        /// How the event ended; nil when nobody has merged it yet.
        package var status: AuditStatus?

        package init(event: StoredEvent, bytes: Int, status: AuditStatus?) {
            self.event = event
            self.bytes = bytes
            self.status = status
        }

        /// Whether it was merged, or parked, by an earlier transaction.
        package var isMerged: Bool { status.map { $0 != .failed } ?? false }
    }

    /// By subject id.
    package var entries: [UUID: [Entry]] = [:]
    /// Subjects that have merged events whose months were dropped: they cannot be folded anew.
    package var incomplete: Set<UUID> = []

    package init() {}

    /// Bytes of bodies in memory at once; a single body may be larger.
    private static let pageBytes = 16 << 20
    private static let pageEvents = 2_048

    static func statements(_ subjects: [UUID]) -> [(Statement, [Binding])] {
        [(EventHistoryStatements.entries, [.uuids(subjects)]), (EventHistoryStatements.incomplete, [.uuids(subjects)])]
    }

    /// From the rows of `statements`.
    init(_ rows: ArraySlice<Rows>) throws {
        for row in rows[rows.startIndex] {
            let event = try StoredEvent(row: row)
            let status = try row.decodeIfPresent(StoredEvent.columnCount + 1, as: String.self).flatMap(AuditStatus.init)
            let entry = Entry(event: event, bytes: Int(try row.decode(StoredEvent.columnCount, as: Int32.self)), status: status)
            entries[event.subjectID, default: []].append(entry)
        }
        incomplete = Set(try rows[rows.startIndex + 1].map { try $0.decode(0) })
    }

    /// Takes in the history of other subjects.
    mutating func add(_ other: EventHistory) {
        entries.merge(other.entries) { $1 }
        incomplete.formUnion(other.incomplete)
    }

    /// Whether the order can be folded anew: no merged event of it, or of a parcel of it, was dropped with its month.
    package static func isComplete(of order: UUID, on connection: isolated PostgresConnection) throws -> Bool {
        let subjects = [order] + (try connection.query(EventHistoryStatements.parcels, [.uuid(order)]).map { try $0.decode(0) })
        return try connection.query(EventHistoryStatements.incomplete, [.uuids(subjects)]).isEmpty
    }

    /// The entries in their order, cut into pages that fit into memory.
    package static func pages(_ entries: [Entry]) -> [ArraySlice<Entry>] {
        var pages: [ArraySlice<Entry>] = []
        var (start, bytes) = (0, 0)
        for index in entries.indices {
            if index > start, bytes + entries[index].bytes > pageBytes || index - start >= pageEvents {
                pages.append(entries[start..<index])
                (start, bytes) = (index, 0)
            }
            bytes += entries[index].bytes
        }
        if start < entries.count { pages.append(entries[start...]) }
        return pages
    }

    /// The events of a page with their bodies.
    package static func read(
        _ page: ArraySlice<Entry>,
        in transaction: inout Postgres.Transaction
    ) throws -> [StoredEvent] {
        let bindings: [Binding] = [
            .uuids(page.map(\.event.subjectID)), .uuids(page.map(\.event.id.uuid)),
            .timestamptzs(page.map(\.event.fact.receivedAt.microseconds)),
        ]
        return try transaction.query(EventHistoryStatements.bodies, bindings).map { row in
            let entry = page[page.startIndex + Int(try row.decode(0, as: Int64.self)) - 1]
            return entry.event.with(body: try row.decode(1))
        }
    }
}

/// Run by the orchestrator when an order is folded anew or gets a parcel that was heard of before, and by `ordersctl verify` and
/// `ordersctl rebuild`, a page of orders at a time.
private enum EventHistoryStatements {
    /// Columns: those of `StoredEvent` with an empty body, the length of the body, how it ended. Served by
    /// `event_store_subject_index`, `duplicate_deliveries_event_index` and `audit_log_pkey`.
    static let entries = Statement(
        "history_entries",
        """
        SELECT
            e.subject_id, e.subject_kind, e.event_id, e.source, e.shop, e.topic, e.ref_id, e.identity, e.fact_id, e.body_hash,
            e.delivery_id,
            least(e.triggered_at, (
                SELECT min(d.triggered_at) FROM duplicate_deliveries AS d
                WHERE d.subject_id = e.subject_id AND d.event_id = e.event_id)),
            e.received_at, ''::bytea, octet_length(e.body), a.status
        FROM event_store AS e
        LEFT JOIN audit_log AS a
            ON a.subject_id = e.subject_id AND a.fact_id = e.fact_id AND a.event_id = e.event_id
        WHERE e.subject_id = ANY ($1::uuid[])
        ORDER BY e.subject_id, e.received_at, e.event_id
        """
    )

    /// Served by `audit_log_pkey` and `event_store_subject_index`.
    static let incomplete = Statement(
        "history_incomplete",
        """
        SELECT DISTINCT a.subject_id
        FROM audit_log AS a
        WHERE a.subject_id = ANY ($1::uuid[]) AND a.status <> 'failed' AND NOT EXISTS (
            SELECT FROM event_store AS e
            WHERE e.received_at = a.received_at AND e.subject_id = a.subject_id AND e.event_id = a.event_id)
        """
    )

    /// Run by the console for an order whose registers cannot be read. Served by `shipments_pkey`.
    static let parcels = Statement("history_parcels", "SELECT s.waybill_id FROM shipments AS s WHERE s.order_id = $1")

    /// Served by `event_store_subject_index`.
    static let bodies = Statement(
        "history_bodies",
        """
        SELECT t.position, e.body
        FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) WITH ORDINALITY AS t (subject_id, event_id, received_at, position)
        JOIN event_store AS e
            ON e.received_at = t.received_at AND e.subject_id = t.subject_id AND e.event_id = t.event_id
        ORDER BY t.position
        """
    )
}
