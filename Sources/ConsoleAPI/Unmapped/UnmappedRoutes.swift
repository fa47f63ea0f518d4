import HTTPTypes
import Logging
import Orders
import Postgres

/// The inbox of what nobody has mapped.
struct UnmappedRoutes: Sendable {
    let pool: PostgresPool
    let mapping: StatusMapping
    let logger: Logger

    var routes: [Route] {
        [
            Route(.get, "/api/unmapped", .role(.viewer), inbox),
            Route(.get, "/api/unmapped/mappings", .role(.viewer), mappings),
            Route(.post, "/api/unmapped/mappings", .role(.operator), map),
        ]
    }

    @Sendable private func inbox(_ call: Call) async throws -> Answer {
        let inbox = try await pool.withConnection { try UnmappedInbox.read(on: $0) }
        return Answer.json { writer in
            writer.array("data", inbox.groups) { $1.write(to: &$0) }
            writer.member("isComplete", inbox.isComplete)
        }
    }

    @Sendable private func mappings(_ call: Call) async throws -> Answer {
        let rows = try await pool.withConnection { try MappingTable.all(on: $0) }
        return Answer.array(rows) { writer, mapping in
            writer.beginObject()
            writer.member("provider", mapping.provider)
            writer.member("status", mapping.status)
            writer.member("detail", mapping.detail)
            writer.member("normalised", mapping.normalised)
            writer.member("mappedBy", mapping.mappedBy)
            writer.member("mappedAt", mapping.mappedAt)
            writer.endObject()
        }
    }

    @Sendable private func map(_ call: Call) async throws -> Answer {
        let caller = try call.actor()
        let body = try await call.object(["provider", "status", "detail", "normalised"])
        let provider = try body.required("provider", 1...40)
        let status = try body.required("status", 1...200)
        let detail = try body.input("detail", 0...200) ?? ""
        guard let normalised = try body.inputChoice("normalised", CourierStatus.self) else {
            throw APIError.invalid("normalised", "normalised is missing.")
        }
        guard CourierStatusMap.Mapping.providers.contains(provider.lowercased()) else {
            throw APIError.invalid("provider", "provider must be one of the couriers that call.")
        }
        let taught = CourierStatusMap.Mapping(
            provider: provider.lowercased(),
            status: status,
            detail: detail,
            normalised: normalised
        )
        let entry = OperatorAudit.Entry(
            call,
            caller,
            action: "status.map",
            target: taught.auditTarget,
            after: taught.auditAfter
        )
        let report = try await mapping.teach(taught, audited: entry)
        logger.info(
            "A courier's status was mapped.",
            metadata: [
                "orders.refolded": "\(report.orders)", "orders.changed": "\(report.changed)",
                "orders.left_alone": "\(report.leftAlone.count)",
            ]
        )
        return Answer.json { writer in
            writer.object("mapping") { writer in
                writer.member("provider", taught.provider)
                writer.member("status", taught.status)
                writer.member("detail", taught.detail)
                writer.member("normalised", taught.normalised.rawValue)
            }
            writer.member("events", Int64(report.events))
            writer.member("orders", Int64(report.orders))
            writer.member("changed", Int64(report.changed))
        }
    }
}
