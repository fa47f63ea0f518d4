import FoundationEssentials
import Orders
package import Postgres

/// What people and their machines did, as `operator_audit` keeps it.
package enum OperatorAudit {
    /// One thing somebody did.
    package struct Entry: Sendable {
        package var actor: String
        var role: Role?
        /// As `order.edit`.
        var action: String
        /// What it was done to.
        var target: String
        /// JSON text.
        var before: String?
        /// JSON text.
        var after: String?
        var reason: String?
        var requestID: String
        var address: String?

        /// - Parameters:
        ///   - role: Nil for whoever has none, as at a terminal.
        ///   - requestID: What names the request or the program in the log.
        ///   - address: Where the request came from.
        package init(
            actor: String,
            role: Role? = nil,
            action: String,
            target: String,
            before: String? = nil,
            after: String? = nil,
            reason: String? = nil,
            requestID: String,
            address: String? = nil
        ) {
            self.actor = actor
            self.role = role
            self.action = action
            self.target = target
            self.before = before
            self.after = after
            self.reason = reason
            self.requestID = requestID
            self.address = address
        }

        /// What somebody does by a request.
        init(
            _ call: Call,
            _ caller: Caller,
            action: String,
            target: String,
            before: String? = nil,
            after: String? = nil,
            reason: String? = nil
        ) {
            self.init(
                actor: caller.name,
                role: caller.role,
                action: action,
                target: target,
                before: before,
                after: after,
                reason: reason,
                requestID: call.requestID,
                address: call.address
            )
        }
    }

    fileprivate static func step(_ entry: Entry) -> (Statement, [Binding]) {
        (
            insert,
            [
                .text(entry.actor), .text(entry.role?.rawValue), .text(entry.action), .text(entry.target), .text(entry.before),
                .text(entry.after), .text(entry.reason), .text(entry.requestID), .text(entry.address),
            ]
        )
    }

    /// Run by everything that changes something, in the same transaction.
    private static let insert = Statement(
        "operator_audit_insert",
        """
        INSERT INTO operator_audit (actor, role, action, target, before, after, reason, request_id, address)
        VALUES ($1, $2, $3, $4, $5::text::jsonb, $6::text::jsonb, $7, $8, $9)
        """
    )

    /// A row as it is shown.
    struct Shown: Sendable {
        var id: Int64
        var at: PostgresTimestamp
        var actor: String
        var role: String?
        var action: String
        var target: String
        var before: String?
        var after: String?
        var reason: String?
        var requestID: String
        var address: String?

        init(row: Row) throws {
            id = try row.decode(0)
            at = try row.decode(1)
            actor = try row.decode(2)
            role = try row.decodeIfPresent(3)
            action = try row.decode(4)
            target = try row.decode(5)
            before = try row.decodeIfPresent(6)
            after = try row.decodeIfPresent(7)
            reason = try row.decodeIfPresent(8)
            requestID = try row.decode(9)
            address = try row.decodeIfPresent(10)
        }

        func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("id", String(id))
            writer.member("at", at)
            writer.member("actor", actor)
            writer.nullable("role", role)
            writer.member("action", action)
            writer.member("target", target)
            writer.nullable("before", json: before)
            writer.nullable("after", json: after)
            writer.nullable("reason", reason)
            writer.member("requestId", requestID)
            writer.nullable("address", address)
            writer.endObject()
        }
    }

    struct Filter: Sendable {
        var actor: String?
        var action: String?
        var target: String?
        var from: Instant?
        var to: Instant?

        init() {}

        init(_ query: QueryParameters) throws {
            actor = try query.text("actor", atMost: 64)
            action = try query.text("action", atMost: 64)
            target = try query.text("target", atMost: 200)
            from = try query.instant("from")
            to = try query.instant("to")
        }

        static let parameters: Set<String> = ["actor", "action", "target", "from", "to"]
    }

    /// Newest first, below `before`.
    static func page(
        _ filter: Filter,
        before: Int64?,
        limit: Int,
        on connection: isolated PostgresConnection
    ) throws -> [Shown] {
        let bindings: [Binding] = [
            .text(filter.actor), .text(filter.action), .text(filter.target), .timestamptz(filter.from?.microseconds),
            .timestamptz(filter.to?.microseconds), .int8(before ?? .max), .int4(Int32(limit)),
        ]
        return try connection.query(select, bindings).map(Shown.init(row:))
    }

    /// Run by the audit page. Served by `operator_audit_pkey`, `operator_audit_target_index` and `operator_audit_actor_index`.
    private static let select = Statement(
        "operator_audit_page",
        """
        SELECT id, at, actor, role, action, target, before::text, after::text, reason, request_id, address
        FROM operator_audit
        WHERE ($1::text IS NULL OR actor = $1) AND ($2::text IS NULL OR action = $2) AND ($3::text IS NULL OR target = $3)
            AND ($4::timestamptz IS NULL OR at >= $4) AND ($5::timestamptz IS NULL OR at < $5) AND id < $6
        ORDER BY id DESC
        LIMIT $7
        """
    )
}

extension Postgres.Transaction {
    /// Sends the last statements of what somebody does, the record of it and COMMIT in one flight: neither is kept without the other.
    package mutating func commit(
        with steps: [(Statement, [Binding])] = [],
        audited entry: OperatorAudit.Entry
    ) throws(PostgresError) {
        try commit(with: steps + [OperatorAudit.step(entry)])
    }
}
