import EventStore
import FoundationEssentials
import Orders
import Postgres

/// What an edit has to know of its order, read under the order's lock.
struct EditedOrder: Sendable {
    var id: UUID
    var shop: String
    var refID: String
    var version: Int64
    /// When the last edit before was made.
    var lastEditedAt: Instant?
    /// Who made an edit that nobody has merged yet.
    var waitingEditor: String?
    /// Whether its personal data was removed on request.
    var isRedacted: Bool
    /// The fields that operators set, as they are stored.
    private var edits: [String: [UInt8]] = [:]

    /// After every edit before it, whatever the clocks of the machines say: the last editor wins.
    func time(now: Instant) -> Instant {
        guard let lastEditedAt, lastEditedAt >= now else { return now }
        return lastEditedAt.advanced(byMicroseconds: 1)
    }

    /// What the fields of an edit were before, as JSON text for the audit.
    func before(_ edit: ConsoleEdit) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        for member in edit.set {
            writer.key(member.key)
            if let value = edits[member.key] { writer.raw(value) } else { writer.null() }
        }
        writer.member("version", version)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Locks the orders in id order; those that do not exist are left out.
    static func lock(_ ids: [UUID], in transaction: inout Postgres.Transaction) throws -> [EditedOrder] {
        let results = try transaction.pipeline([(lockOrders, [.uuids(ids)]), (waitingEdits, [.uuids(ids)])])
        var editors: [UUID: String] = [:]
        for row in results[1] {
            editors[try row.decode(0)] = OrderChange.editor(of: try row.decode(1)) ?? "another operator"
        }
        return try results[0].map { row in
            let id: UUID = try row.decode(0)
            return try EditedOrder(id: id, row: row, waitingEditor: editors[id])
        }
    }

    private init(id: UUID, row: Row, waitingEditor: String?) throws {
        self.id = id
        shop = try row.decode(1)
        refID = try row.decode(2)
        version = try row.decode(3)
        self.waitingEditor = waitingEditor
        isRedacted = try row.decode(5)
        // Registers that cannot be read are folded anew by the merge of this very edit.
        guard let registers = OrderRecord.registers(try row.decode(4)) else { return }
        for edit in registers.elements("edits") {
            edits[edit.text("field") ?? ""] = edit["value"].map { Array($0.rawBytes) }
        }
        let hold = registers.elements("holds").first { $0.text("id") == Hold.operatorID.text }
        if let hold { edits["hold"] = Array((hold.flag("released") == true ? "false" : "true").utf8) }
        let times = registers.elements("edits").compactMap { $0.integer("edited_at") } + [hold?.integer("at")].compactMap(\.self)
        lastEditedAt = times.max().flatMap { Instant(microseconds: $0) }
    }

    /// Without the permit of redactions: this look only spares the operator a useless edit, and the merge of the edit looks again
    /// under it. Run for each edit and each batch of a bulk operation. Served by `orders_pkey` and `redactions_pkey`.
    private static let lockOrders = Statement(
        "edited_order_lock",
        """
        SELECT
            o.id, o.shop, o.ref_id, o.version, o.state,
            \(RedactionRow.hasRedaction)
        FROM orders AS o
        WHERE o.id = ANY ($1::uuid[])
        ORDER BY o.id
        FOR UPDATE OF o
        """
    )

    /// A statement of its own, after the locks are held: what another operator has just stored is seen. Served by
    /// `unapplied_events_pkey` and `event_store_subject_index`.
    private static let waitingEdits = Statement(
        "edited_order_waiting",
        """
        SELECT e.subject_id, e.body
        FROM unapplied_events AS u
        JOIN event_store AS e
            ON e.received_at = u.received_at AND e.subject_id = u.subject_id AND e.event_id = u.event_id
        WHERE u.subject_id = ANY ($1::uuid[]) AND e.topic = 'console/edit'
        """
    )
}

extension JSONLimits {
    /// For registers, as they are stored.
    static let state = JSONLimits(maxBytes: 64 << 20, maxDepth: 256, maxNodes: 16 << 20)
}
