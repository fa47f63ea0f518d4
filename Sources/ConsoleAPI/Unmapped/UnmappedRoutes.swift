import EventStore
import FoundationEssentials
import HTTPTypes
import Logging
import Orders
import Postgres

/// The inbox of what nobody has mapped.
struct UnmappedRoutes: Sendable {
    let pool: PostgresPool
    /// Folds orders anew; returns how many have changed.
    let refold: @Sendable ([OrderID]) async throws -> Int
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

    /// The mapping is kept first, then the orders that had the word are folded anew: should that be cut short, the same request
    /// goes on with the rest.
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
        let key = UnmappedInbox.Key(isStatus: true, provider: provider, status: status, detail: detail.isEmpty ? nil : detail)
        let entry = OperatorAudit.Entry(
            call,
            caller,
            action: "status.map",
            target: "status:\(provider)/\(status)\(detail.isEmpty ? "" : "/\(detail)")",
            after: #"{"normalised":"\#(normalised.rawValue)"}"#
        )
        let events = try await pool.withConnection { connection in
            // Found before the mapping is there: afterwards they are not unmapped any more.
            let builtIn = try UnmappedInbox.events(with: key, statuses: .standard, on: connection)
            try connection.transaction { transaction in
                try MappingTable.put(
                    provider: provider,
                    status: status,
                    detail: detail,
                    normalised: normalised.rawValue,
                    by: caller.name,
                    in: &transaction
                )
                try transaction.commit(audited: entry)
            }
            return builtIn
        }
        let orders = Set(events.compactMap(\.orderID)).sorted().map { OrderID($0) }
        let changed = try await refold(orders)
        try await finish(events, by: caller.name, meaning: normalised)
        logger.info(
            "A courier's status was mapped.",
            metadata: ["orders.refolded": "\(orders.count)", "orders.changed": "\(changed)"]
        )
        return Answer.json { writer in
            writer.object("mapping") { writer in
                writer.member("provider", provider)
                writer.member("status", status)
                writer.member("detail", detail)
                writer.member("normalised", normalised.rawValue)
            }
            writer.member("events", Int64(events.count))
            writer.member("orders", Int64(orders.count))
            writer.member("changed", Int64(changed))
        }
    }

    /// Says of events that have no unknown word any more that they are merged.
    private func finish(_ events: [UnmappedInbox.Event], by name: String, meaning: CourierStatus) async throws {
        try await pool.withConnection { connection in
            let statuses = try Self.statuses(on: connection)
            let done = events.filter { UnmappedInbox.keys(of: $0, statuses: statuses).isEmpty }
            _ = try connection.query(
                UnmappedInbox.markMapped,
                [
                    .uuids(done.map(\.subjectID)), .uuids(done.map(\.id)),
                    .text("\(name) mapped it to \(meaning.rawValue) and the order was folded anew"),
                ]
            )
        }
    }

    private static func statuses(on connection: isolated PostgresConnection) throws -> CourierStatusMap {
        CourierStatusMap.standard.adding(try CourierStatusTable.all(on: connection))
    }
}
