package import EventStore
package import FoundationEssentials
package import Orders
package import Postgres

/// What the database holds about the subjects of a load.
package struct ObservedDelivery: Sendable {
    /// One row of `orders`.
    package struct Order: Sendable, Equatable {
        package var version: Int64
        /// Nil while nothing was merged.
        package var stateHash: Digest?
        package var status: String
        package var paymentStatus: String
        /// What everybody sees of the order, as JSON text, without what its shop's name, its parcels' names or the time of day
        /// enter.
        package var columns = ""
        /// The same without what a booking or its parcel changes.
        package var ownColumns = ""
    }

    /// How often each event is in the store.
    package var stored: [EventID: Int] = [:]
    /// The audit statuses of each event.
    package var audits: [EventID: [String]] = [:]
    package var orders: [OrderID: Order] = [:]
    package var duplicateDeliveries = 0
    /// What couriers did meanwhile.
    package var aftermath = BookingAftermath()

    package init() {}

    /// Reads everything about the subjects, as it is at one moment.
    package init(of subjects: [UUID], on connection: isolated PostgresConnection) throws {
        self = try connection.transaction { transaction in
            try transaction.readOneMoment()
            return try ObservedDelivery(of: subjects, in: &transaction)
        }
    }

    private init(of subjects: [UUID], in transaction: inout Postgres.Transaction) throws {
        let parameters: [Binding] = [.uuids(subjects)]
        for row in try transaction.query(ObservationStatements.events, parameters) {
            stored[EventID(try row.decode(0)), default: 0] += 1
        }
        for row in try transaction.query(ObservationStatements.audits, parameters) {
            audits[EventID(try row.decode(0)), default: []].append(try row.decode(1))
        }
        for row in try transaction.query(ObservationStatements.orders, parameters) {
            orders[OrderID(try row.decode(0))] = Order(
                version: try row.decode(1),
                stateHash: Digest(bytes: try row.decode(2, as: [UInt8].self)),
                status: try row.decode(3),
                paymentStatus: try row.decode(4),
                columns: try row.decode(5),
                ownColumns: try row.decode(6)
            )
        }
        for row in try transaction.query(ObservationStatements.duplicates, parameters) {
            duplicateDeliveries = try row.decode(0)
        }
        aftermath = try BookingAftermath(of: subjects, in: &transaction)
    }

    /// Events about the subjects that are stored and not merged yet.
    package static func unapplied(of subjects: [UUID], on connection: isolated PostgresConnection) throws -> Int {
        try connection.query(ObservationStatements.unapplied, [.uuids(subjects)])[0].decode(0)
    }

    /// The events about the subjects that the store has.
    package static func events(of subjects: [UUID], on connection: isolated PostgresConnection) throws -> Set<EventID> {
        Set(try connection.query(ObservationStatements.events, [.uuids(subjects)]).map { EventID(try $0.decode(0)) })
    }
}

/// Read by the checkers; $1 is the subjects of a load.
private enum ObservationStatements {
    /// Served by `event_store_subject_index`.
    static let events = Statement("chaos_events", "SELECT event_id FROM event_store WHERE subject_id = ANY ($1::uuid[])")

    /// Served by `audit_log_pkey`.
    static let audits = Statement("chaos_audits", "SELECT event_id, status FROM audit_log WHERE subject_id = ANY ($1::uuid[])")

    /// Served by `orders_pkey`.
    static let orders = Statement(
        "chaos_orders",
        """
        SELECT
            id, version, state_hash, status, payment_status,
            (to_jsonb(o) - '{id,shop,state,state_hash,created_at,updated_at,tracking_number}'::text[])::text,
            jsonb_build_array(ref_id, name, payment_status, placeholder, customer, shipping_address, total_price, currency,
                cancelled_at, business_updated_at, quarantined)::text
        FROM orders AS o
        WHERE id = ANY ($1::uuid[])
        """
    )

    /// Served by `duplicate_deliveries_event_index`.
    static let duplicates = Statement(
        "chaos_duplicates",
        "SELECT count(*) FROM duplicate_deliveries WHERE subject_id = ANY ($1::uuid[])"
    )

    /// Asked up to two hundred times a second while a run waits. Served by `unapplied_events_pkey`.
    static let unapplied = Statement(
        "chaos_unapplied",
        "SELECT count(*) FROM unapplied_events WHERE subject_id = ANY ($1::uuid[])"
    )
}
