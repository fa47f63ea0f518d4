import FoundationEssentials
import HTTPTypes
import Orders
import Postgres

/// Doing something to every order that matches.
struct BulkRoutes: Sendable {
    let pool: PostgresPool
    let host: HostFacilities

    var routes: [Route] {
        [
            Route(.get, "/api/bulk", .role(.viewer), parameters: ["cursor", "limit"], list),
            Route(.post, "/api/bulk", .role(.operator), begin),
            Route(.get, "/api/bulk/{id}", .role(.viewer)) { call in
                let id = try call.uuid()
                return try Self.answer(try await pool.withConnection { try BulkTable.find(id, on: $0) })
            },
            Route(.post, "/api/bulk/{id}/cancel", .role(.operator), cancel),
            Route(.get, "/api/bulk/{id}/failures", .role(.viewer), parameters: ["cursor", "limit"], failures),
        ]
    }

    private static func answer(_ operation: BulkTable.Operation?, status: HTTPResponse.Status = .ok) throws -> Answer {
        guard let operation else { throw APIError.notFound("operation") }
        return Answer.value(status: status) { operation.write(to: &$0) }
    }

    @Sendable private func list(_ call: Call) async throws -> Answer {
        let cursor = try PageCursor(call.query, count: 2)
        let limit = try call.query.limit()
        let operations = try await pool.withConnection { try BulkTable.page(before: cursor, limit: limit + 1, on: $0) }
        let shown = operations.prefix(limit)
        let next =
            operations.count > limit ? shown.last.map { PageCursor([String($0.createdAt.microseconds), $0.id.text]) } : nil
        return Answer.json { writer in
            writer.array("data", shown) { $1.write(to: &$0) }
            writer.nullable("nextCursor", next?.text)
        }
    }

    @Sendable private func begin(_ call: Call) async throws -> Answer {
        let caller = try call.actor()
        let body = try await call.object(["action", "filter", "set", "expectedCount", "dryRun", "reason"])
        guard let action = try body.inputChoice("action", BulkTable.Action.self) else {
            throw APIError.invalid("action", "action is missing.")
        }
        let filter = try OrderFilter(body["filter"])
        let reason = try body.input("reason", 0...500)
        let edit = action == .edit ? try ConsoleEdit(body["set"], reason: reason) : nil
        guard action == .edit || body["set"] == nil else { throw APIError.invalid("set", "Only an edit sets fields.") }
        let isDryRun = try body.inputFlag("dryRun") ?? false
        let expected = try body.inputInteger("expectedCount", 0...Int64.max)
        guard isDryRun || expected != nil else {
            throw APIError.invalid("expectedCount", "expectedCount must say how many you saw.")
        }
        let draft = BulkTable.Draft(
            id: host.uuid(),
            action: action,
            edit: edit.map { _ in String(decoding: body["set"]?.canonicalJSON ?? [], as: UTF8.self) },
            filter: String(decoding: body["filter"]?.canonicalJSON ?? [], as: UTF8.self),
            createdBy: caller.name,
            reason: reason,
            requestID: call.requestID
        )
        do {
            let operation = try await pool.transaction { transaction in
                let operation = try BulkTable.begin(draft, filter, in: &transaction)
                guard operation.total <= BulkTable.maxOrders else {
                    throw APIError(
                        .invalidInput,
                        "More than \(BulkTable.maxOrders) orders match; narrow the filter.",
                        field: "filter"
                    )
                }
                // Thrown, so that nothing of it stays.
                if isDryRun { throw DryRun(matched: operation.total) }
                guard operation.total == expected else { throw APIError.otherCount(Int(operation.total)) }
                let entry = OperatorAudit.Entry(
                    call,
                    caller,
                    action: "bulk.\(action.rawValue)",
                    target: "bulk:\(draft.id.text)",
                    before: draft.filter,
                    after: edit?.json,
                    reason: reason
                )
                try transaction.commit(audited: entry)
                return operation
            }
            return try Self.answer(operation, status: .accepted)
        } catch let dryRun as DryRun {
            return Answer.json { writer in
                writer.member("matched", dryRun.matched)
                writer.member("dryRun", true)
            }
        }
    }

    private struct DryRun: Error {
        var matched: Int64
    }

    @Sendable private func cancel(_ call: Call) async throws -> Answer {
        let id = try call.uuid()
        let entry = OperatorAudit.Entry(call, try call.actor(), action: "bulk.cancel", target: "bulk:\(id.text)")
        return try Self.answer(
            try await pool.transaction { transaction in
                guard let operation = try BulkTable.cancel(id, in: &transaction) else { return nil }
                try transaction.commit(audited: entry)
                return operation
            }
        )
    }

    @Sendable private func failures(_ call: Call) async throws -> Answer {
        let id = try call.uuid()
        let after = try PageCursor(call.query, count: 1)?.uuid(0)
        let limit = try call.query.limit()
        let failures = try await pool.withConnection { connection in
            guard try BulkTable.find(id, on: connection) != nil else { throw APIError.notFound("operation") }
            return try BulkTable.failures(of: id, after: after, limit: limit + 1, on: connection)
        }
        let shown = failures.prefix(limit)
        return Answer.json { writer in
            writer.array("data", shown) { writer, failure in
                writer.beginObject()
                writer.member("orderId", failure.orderID)
                writer.member("shopifyOrderId", failure.refID)
                writer.member("reason", failure.reason)
                writer.member("at", failure.at)
                writer.endObject()
            }
            writer.nullable("nextCursor", failures.count > limit ? shown.last.map { PageCursor([$0.orderID.text]).text } : nil)
        }
    }
}
