import EventStore
import FoundationEssentials
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
        let inbox = try await pool.withConnection { connection in
            try UnmappedInbox.read(on: connection, statuses: try Self.statuses(on: connection))
        }
        return Answer.json { writer in
            writer.array("data", inbox.groups) { writer, group in
                writer.beginObject()
                writer.member("kind", group.key.isStatus ? "status" : "topic")
                writer.member("provider", group.key.provider)
                writer.member("status", group.key.status)
                writer.nullable("detail", group.key.detail)
                writer.member("count", group.count)
                writer.member("orders", Int64(group.orders.count))
                writer.member("firstAt", group.firstAt)
                writer.member("lastAt", group.lastAt)
                writer.member("sampleEventId", group.sampleEvent)
                writer.member("sampleBody", String(decoding: group.sampleBody, as: UTF8.self))
                writer.endObject()
            }
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
        let provider = try body.required("provider", 1...40).lowercased()
        let status = try body.required("status", 1...200)
        let detail = try body.input("detail", 0...200) ?? ""
        guard CourierProvider(provider) != nil || provider == "shopify" else {
            throw APIError.invalid("provider", "provider must be one of the couriers that call.")
        }
        guard let normalised = try body.inputChoice("normalised", CourierStatus.self) else {
            throw APIError.invalid("normalised", "normalised is missing.")
        }
        let entry = OperatorAudit.Entry(
            call,
            caller,
            action: "status.map",
            target: "status:\(provider)/\(status)\(detail.isEmpty ? "" : "/\(detail)")",
            after: #"{"normalised":"\#(normalised.rawValue)"}"#
        )
        let taught = CourierStatusMap.Mapping(provider: provider, status: status, detail: detail, normalised: normalised)
        let report = try await mapping.teach(taught, by: caller.name) { try OperatorAudit.write([entry], on: $0) }
        logger.info(
            "A courier's status was mapped.",
            metadata: ["orders.refolded": "\(report.orders)", "orders.changed": "\(report.changed)"]
        )
        return Answer.json { writer in
            writer.object("mapping") { writer in
                writer.member("provider", provider)
                writer.member("status", status)
                writer.member("detail", detail)
                writer.member("normalised", normalised.rawValue)
            }
            writer.member("events", Int64(report.events))
            writer.member("orders", Int64(report.orders))
            writer.member("changed", Int64(report.changed))
        }
    }

    private static func statuses(on connection: isolated PostgresConnection) throws -> CourierStatusMap {
        CourierStatusMap.standard.adding(try CourierStatusTable.all(on: connection))
    }
}
