import FoundationEssentials
import HTTPTypes
import Orders
import Postgres
import Queues

/// One order with all there is to know of it.
struct OrderRecord: Sendable {
    /// Ended jobs that are shown.
    private static let maxFinishedJobs: Int32 = 100

    struct BookingView: Sendable {
        var attempt: Int32
        var state: String
        var reference: UUID
        var courier: String?
        var trackingNumber: String?
        var fee: Money?
        var takes: Int32
        var isLate: Bool
        var isHandedOver: Bool
        var isGivenUp: Bool
        var reason: String?
        var createdAt: PostgresTimestamp
        var updatedAt: PostgresTimestamp
    }

    struct ShipmentView: Sendable {
        var courier: String
        var trackingNumber: String
        var status: String?
        var returnLeg: Bool
        var cashCollected: Bool
        var deliveredAt: PostgresTimestamp?
    }

    var summary: OrderSummary
    /// JSON text.
    var customer: String?
    /// JSON text.
    var shippingAddress: String?
    /// Canonical JSON; empty before the first merge.
    var state: [UInt8]
    var stateHash: String
    var waitingEvents: Int
    var bookings: [BookingView]
    var shipments: [ShipmentView]
    var jobs: [JobView]
    var lastChange: OrderChange?

    /// Nil when there is no such order. One flight for the order and its rows, one for its jobs.
    static func read(_ id: UUID, on connection: isolated PostgresConnection) throws -> OrderRecord? {
        let results = try connection.pipeline([
            (OrderRecordStatements.order, [.uuid(id)]), (OrderRecordStatements.bookings, [.uuid(id)]),
            (OrderRecordStatements.shipments, [.uuid(id)]), (OrderChange.latest, [.uuid(id), .int8(-1), .int4(1)]),
        ])
        guard let row = results[0].first else { return nil }
        let filter = JobView.Filter(orderID: id)
        let extra = OrderSummary.columnCount
        return OrderRecord(
            summary: try OrderSummary(row: row),
            customer: try row.decodeIfPresent(extra),
            shippingAddress: try row.decodeIfPresent(extra + 1),
            state: try row.decode(extra + 2),
            stateHash: try row.decode(extra + 3),
            waitingEvents: try row.decode(extra + 4),
            bookings: try results[1].map(BookingView.init(row:)),
            shipments: try results[2].map(ShipmentView.init(row:)),
            jobs: try JobView.live(filter, limit: maxFinishedJobs, on: connection)
                + JobView.finished(filter, limit: maxFinishedJobs, on: connection),
            lastChange: try results[3].first.map(OrderChange.init(row:))
        )
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        summary.writeMembers(to: &writer)
        writer.nullable("customer", json: customer)
        writer.nullable("shippingAddress", json: shippingAddress)
        let registers = Self.registers(state)
        writeOperatorFields(registers, to: &writer)
        writer.key("registers")
        if state.isEmpty { writer.raw(Array("{}".utf8)) } else if registers != nil { writer.raw(state) } else { writer.null() }
        writer.member("stateHash", stateHash)
        writer.array("bookings", bookings) { $1.write(to: &$0) }
        writer.array("shipments", shipments) { $1.write(to: &$0) }
        writer.array("jobs", jobs) { $1.writeView(to: &$0) }
        writer.member("waitingEvents", Int64(waitingEvents))
        writer.key("lastChange")
        if let lastChange { lastChange.write(to: &writer) } else { writer.null() }
        writer.endObject()
    }

    /// Nil before the first merge, and for what cannot be read.
    static func registers(_ state: [UInt8]) -> JSONValue? {
        state.isEmpty ? nil : (try? JSONDocument(parsing: state, limits: .state))?.root
    }

    private func writeOperatorFields(_ registers: JSONValue?, to writer: inout JSONWriter) {
        var values: [String: JSONValue] = [:]
        for edit in registers?.elements("edits") ?? [] { values[edit.text("field") ?? ""] = edit["value"] }
        let hold = registers?.elements("holds").first { $0.text("id") == Hold.operatorID.text }
        writer.object("operator") { writer in
            writer.nullable("note", values["note"]?.text)
            writer.nullable("courier", values["courier"]?.text)
            writer.nullable("trackingNumber", values["tracking_number"]?.text)
            writer.nullable("status", values["status"]?.text)
            writer.key("shippingAddress")
            if let address = values["shipping_address"], address.isObject { writer.raw(address.rawBytes) } else { writer.null() }
            writer.member("hold", hold.map { $0.flag("released") != true } ?? false)
        }
    }

    var answer: Answer {
        var answer = Answer.value(capacity: 8_192) { write(to: &$0) }
        answer.headers[.eTag] = "\"\(summary.version)\""
        return answer
    }
}

extension OrderRecord.BookingView {
    fileprivate init(row: Row) throws {
        self.init(
            attempt: try row.decode(0),
            state: try row.decode(1),
            reference: try row.decode(2),
            courier: try row.decodeIfPresent(3),
            trackingNumber: try row.decodeIfPresent(4),
            fee: try row.decodeIfPresent(5, as: String.self).flatMap { Money($0) },
            takes: try row.decode(6),
            isLate: try row.decode(7),
            isHandedOver: try row.decode(8),
            isGivenUp: try row.decode(9),
            reason: try row.decodeIfPresent(10),
            createdAt: try row.decode(11),
            updatedAt: try row.decode(12)
        )
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("attempt", Int64(attempt))
        writer.member("state", state)
        writer.member("reference", reference)
        writer.nullable("courier", courier)
        writer.nullable("trackingNumber", trackingNumber)
        writer.nullable("fee", fee?.description)
        writer.member("takes", Int64(takes))
        writer.member("late", isLate)
        writer.member("handedOver", isHandedOver)
        writer.member("givenUp", isGivenUp)
        writer.nullable("reason", reason)
        writer.member("createdAt", createdAt)
        writer.member("updatedAt", updatedAt)
        writer.endObject()
    }
}

extension OrderRecord.ShipmentView {
    fileprivate init(row: Row) throws {
        self.init(
            courier: try row.decode(0),
            trackingNumber: try row.decode(1),
            status: try row.decodeIfPresent(2),
            returnLeg: try row.decode(3),
            cashCollected: try row.decode(4),
            deliveredAt: try row.decodeIfPresent(5)
        )
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("courier", courier)
        writer.member("trackingNumber", trackingNumber)
        writer.nullable("status", status)
        writer.member("returnLeg", returnLeg)
        writer.member("cashCollected", cashCollected)
        writer.nullable("deliveredAt", deliveredAt)
        writer.endObject()
    }
}

/// Run when a person opens an order.
private enum OrderRecordStatements {
    /// Served by `orders_pkey`, `order_list_pkey` and `unapplied_events_pkey`.
    static let order = Statement(
        "order_record",
        """
        SELECT \(OrderSummary.columns), o.customer::text, o.shipping_address::text, o.state, encode(o.state_hash, 'hex'),
            (SELECT count(*) FROM unapplied_events AS u WHERE u.subject_id = o.id)
        FROM orders AS o LEFT JOIN order_list AS l ON l.order_id = o.id
        WHERE o.id = $1
        """
    )

    /// Served by `bookings_pkey`.
    static let bookings = Statement(
        "order_record_bookings",
        """
        SELECT attempt, state, reference, courier, tracking_number, fee::text, takes, late, handed_over, given_up, reason,
            created_at, updated_at
        FROM bookings WHERE order_id = $1 ORDER BY attempt DESC
        """
    )

    /// Served by `shipments_pkey`.
    static let shipments = Statement(
        "order_record_shipments",
        """
        SELECT courier, tracking_number, status, return_leg, cash_collected, delivered_at
        FROM shipments WHERE order_id = $1 ORDER BY courier, tracking_number
        """
    )
}
