import EventStore
import HTTPTypes
import Orders
import Postgres

/// Lists of orders and single ones.
struct OrderRoutes: Sendable {
    /// Furthest jump into a list; what lies behind it is reached by cursors.
    private static let maxOffset: Int64 = 1_000_000
    /// Orders that the bare `GET /orders` of the older systems answers.
    private static let bareLimit = 1_000

    let pool: PostgresPool
    let editor: OrderEditor
    let booking: BookingPolicy

    var routes: [Route] {
        let parameters = OrderFilter.parameters.union(["sort", "cursor", "offset", "limit"])
        let page = ["cursor", "limit"] as Set
        return [
            Route(.get, "/api/orders", .role(.viewer), parameters: parameters, list),
            Route(.get, "/api/orders/counts", .role(.viewer), parameters: OrderFilter.parameters, counts),
            Route(.get, "/api/orders/facets", .role(.viewer), facets),
            Route(.get, "/api/orders/{id}", .role(.viewer), one),
            Route(.patch, "/api/orders/{id}", .role(.operator), editor.edit),
            Route(.get, "/api/orders/{id}/explain", .role(.viewer), explain),
            Route(.get, "/api/orders/{id}/events", .role(.viewer), parameters: page.union(["body", "only"]), events),
            Route(.get, "/api/events/{id}/body", .role(.viewer), parameters: ["subject"], body),
            Route(.post, "/api/orders/{id}/retry", .role(.operator), editor.retry),
            Route(.get, "/orders", .role(.viewer), parameters: parameters, isPage: true) { call in
                call.query.isEmpty ? try await bare(call) : try await list(call)
            },
            Route(.get, "/orders/{id}", .role(.viewer), isPage: true, one),
            Route(.get, "/orders/{id}/explain", .role(.viewer), isPage: true, explain),
            Route(.patch, "/orders/{id}", .role(.operator), editor.edit),
            Route(.get, "/orders/{id}/events", .role(.viewer), parameters: page.union(["body", "only"]), isPage: true, events),
        ]
    }

    @Sendable private func list(_ call: Call) async throws -> Answer {
        let filter = try OrderFilter(call.query)
        let sort = try call.query.choice("sort", OrderSort.self) ?? .updatedDescending
        let cursor = try PageCursor(call.query, count: 2)
        let offset = try call.query.integer("offset", in: 0...Self.maxOffset).map { Int($0) } ?? 0
        guard cursor == nil || offset == 0 else { throw APIError.invalid("offset", "offset and cursor exclude each other.") }
        let limit = try call.query.limit()
        let (page, total) = try await pool.withConnection { connection in
            let page = try OrderList.page(filter, sort: sort, after: cursor, offset: offset, limit: limit, on: connection)
            return (page, cursor == nil ? try page.total ?? OrderList.count(filter, on: connection) : nil)
        }
        return Answer.json { writer in
            writer.array("data", page.orders) { $1.write(to: &$0) }
            writer.nullable("nextCursor", page.cursor()?.text)
            writer.nullable("total", total.map { Int64($0.count) })
            writer.member("totalIsExact", total?.isExact ?? true)
        }
    }

    @Sendable private func bare(_ call: Call) async throws -> Answer {
        let page = try await pool.withConnection {
            try OrderList.page(OrderFilter(), sort: .updatedDescending, after: nil, limit: Self.bareLimit, on: $0)
        }
        var answer = Answer.array(page.orders) { $1.write(to: &$0) }
        if let cursor = page.cursor() { answer.headers[.webLink] = "</orders?cursor=\(cursor.text)>; rel=\"next\"" }
        return answer
    }

    @Sendable private func counts(_ call: Call) async throws -> Answer {
        let filter = try OrderFilter(call.query)
        let (counts, isExact) = try await pool.withConnection { try OrderCounts.counted(filter, on: $0) }
        return counts.answer(isExact: isExact)
    }

    @Sendable private func facets(_ call: Call) async throws -> Answer {
        let facets = try await pool.withConnection { try OrderFacets.read(on: $0) }
        return Answer.json { writer in
            writer.strings("sources", facets.sources)
            writer.strings("shops", facets.shops)
            writer.strings("couriers", facets.couriers)
        }
    }

    @Sendable private func one(_ call: Call) async throws -> Answer {
        let id = try call.uuid()
        guard let record = try await pool.withConnection({ try OrderRecord.read(id, on: $0) }) else {
            throw APIError.notFound("order")
        }
        return record.answer
    }

    @Sendable private func explain(_ call: Call) async throws -> Answer {
        let id = try call.uuid()
        let explanation: Explanation?
        do {
            explanation = try await pool.withConnection { connection in
                let statuses = CourierStatusMap.standard.adding(try CourierStatusTable.all(on: connection))
                return try OrderExplanation.read(OrderID(id), statuses: statuses, policy: booking, on: connection)
            }
        } catch is StateError {
            // To have an order merged again is an operator's right; for a viewer its next event does it.
            let outlook =
                if try call.actor().role < .operator {
                    "Its next event, or an operator who looks here, has them folded anew."
                } else if try await editor.mend(id) {
                    "They are being folded anew from its events; look again in a moment."
                } else {
                    "They cannot be folded anew: events of it were dropped with their months."
                }
            throw APIError(.unavailable, "The stored registers of this order cannot be read. \(outlook)")
        }
        guard let explanation else { throw APIError.notFound("order") }
        return Answer.json(raw: explanation.json)
    }

    @Sendable private func events(_ call: Call) async throws -> Answer {
        let id = try call.uuid()
        let cursor = try PageCursor(call.query, count: 2)
        let limit = try call.query.limit()
        let withBodies = try call.query.flag("body") ?? false
        let only = try call.query.choice("only", OrderEvent.Selection.self) ?? .all
        let page = try await pool.withConnection {
            try OrderEvent.page(of: id, only, after: cursor, limit: limit, withBodies: withBodies, on: $0)
        }
        return Answer.json { writer in
            writer.array("data", page.events) { $1.write(to: &$0) }
            writer.nullable("nextCursor", page.next?.text)
        }
    }

    @Sendable private func body(_ call: Call) async throws -> Answer {
        let id = try call.uuid()
        guard let subject = try call.query.uuids("subject", atMost: 1).first else {
            throw APIError.invalid("subject", "subject must be the order's id.")
        }
        guard let body = try await pool.withConnection({ try OrderEvent.body(id, of: subject, on: $0) }) else {
            throw APIError.notFound("event")
        }
        return Answer(contentType: "text/plain; charset=utf-8", body: .bytes(body))
    }
}

extension HTTPField.Name {
    /// RFC 8288.
    static let webLink = HTTPField.Name("Link")!
}
