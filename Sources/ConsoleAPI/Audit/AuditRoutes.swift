import HTTPTypes
import Orders
import Postgres

/// Who did what.
struct AuditRoutes: Sendable {
    let pool: PostgresPool

    var routes: [Route] {
        [Route(.get, "/api/audit", .role(.viewer), parameters: OperatorAudit.Filter.parameters.union(["cursor", "limit"]), list)]
    }

    @Sendable private func list(_ call: Call) async throws -> Answer {
        let filter = try OperatorAudit.Filter(call.query)
        let before = try PageCursor(call.query, count: 1)?.integer(0)
        let limit = try call.query.limit()
        let entries = try await pool.withConnection {
            try OperatorAudit.page(filter, before: before, limit: limit + 1, on: $0)
        }
        return Answer.json { writer in
            writer.array("data", entries.prefix(limit)) { $1.write(to: &$0) }
            writer.nullable("nextCursor", entries.count > limit ? PageCursor([String(entries[limit - 1].id)]).text : nil)
        }
    }
}
