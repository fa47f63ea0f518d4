import FoundationEssentials
import Orders
import Postgres

/// The attempts of orders to have a courier fetch them.
enum BookingRow {
    /// The attempts of each order, the first one first.
    static func bookings(_ rows: Rows) throws -> [OrderID: [Booking]] {
        var bookings: [OrderID: [Booking]] = [:]
        for row in rows {
            let booking = try Booking(row: row)
            bookings[booking.order, default: []].append(booking)
        }
        return bookings
    }

    /// Parameters of `upsert`: of each order the attempts that end come before the one that takes their place.
    static func bindings(_ bookings: [Booking]) -> [Binding] {
        let bookings = bookings.sorted { left, right in
            (left.order, left.isActive ? 1 : 0, left.attempt) < (right.order, right.isActive ? 1 : 0, right.attempt)
        }
        return [
            .uuids(bookings.map(\.order.uuid)), .int4s(bookings.map(\.attempt)), .texts(bookings.map(\.state.rawValue)),
            .uuids(bookings.map(\.reference)), .byteses(bookings.map(\.destination.bytes)),
            .texts(bookings.map { $0.courier?.rawValue }), .texts(bookings.map(\.trackingNumber)),
            .texts(bookings.map { $0.fee?.description }), .int4s(bookings.map(\.takes)), .bools(bookings.map(\.isLate)),
            .bools(bookings.map(\.isHandedOver)), .texts(bookings.map(\.reason)), .bools(bookings.map(\.isGivenUp)),
            .bools(bookings.map(\.isVoided)),
        ]
    }

    /// Run by the orchestrator once a batch, under the locks of the orders: what another worker has just committed is seen.
    /// $1 are the batch's subjects. Served by `bookings_pkey` and `shipments_waybill_index`.
    static let ofSubjects = Statement(
        "booking_of_subjects",
        """
        SELECT
            b.order_id, b.attempt, b.state, b.destination_hash, b.courier, b.tracking_number, b.fee::text, b.takes, b.late,
            b.handed_over, b.reason, b.given_up, b.voided
        FROM bookings AS b
        WHERE b.order_id IN (
            SELECT unnest($1::uuid[]) UNION SELECT s.order_id FROM shipments AS s WHERE s.waybill_id = ANY ($1::uuid[]))
        ORDER BY b.order_id, b.attempt
        """
    )

    /// Run by the orchestrator for batches that move bookings. A second active attempt breaks `bookings_active_key`, and
    /// with it the batch. Served by `bookings_pkey`.
    static let upsert = Statement(
        "booking_upsert",
        """
        INSERT INTO bookings AS b (
            order_id, attempt, state, reference, destination_hash, courier, tracking_number, fee, takes, late, handed_over,
            reason, given_up, voided)
        SELECT order_id, attempt, state, reference, destination_hash, courier, tracking_number, fee::numeric, takes, late,
            handed_over, reason, given_up, voided
        FROM unnest(
            $1::uuid[], $2::integer[], $3::text[], $4::uuid[], $5::bytea[], $6::text[], $7::text[], $8::text[], $9::integer[],
            $10::boolean[], $11::boolean[], $12::text[], $13::boolean[],
            $14::boolean[]
        ) AS t (
            order_id, attempt, state, reference, destination_hash, courier, tracking_number, fee, takes, late, handed_over,
            reason, given_up, voided)
        ON CONFLICT ON CONSTRAINT bookings_pkey DO UPDATE SET
            state = excluded.state, destination_hash = excluded.destination_hash, courier = excluded.courier,
            tracking_number = excluded.tracking_number, fee = excluded.fee, takes = excluded.takes, late = excluded.late,
            handed_over = excluded.handed_over, reason = excluded.reason, given_up = excluded.given_up,
            voided = excluded.voided, updated_at = now()
        """
    )
}

extension Booking {
    fileprivate init(row: Row) throws {
        guard let state = BookingState(rawValue: try row.decode(2)) else {
            throw PostgresError(.decoding, "a booking has an unknown state")
        }
        self.init(
            order: OrderID(try row.decode(0)),
            attempt: try row.decode(1),
            state: state,
            destination: try row.digest(3),
            courier: try row.decodeIfPresent(4, as: String.self).flatMap(CourierName.init),
            trackingNumber: try row.decodeIfPresent(5),
            fee: try row.decodeIfPresent(6, as: String.self).flatMap { Money($0) },
            takes: try row.decode(7),
            reason: try row.decodeIfPresent(10),
            isLate: try row.decode(8),
            isHandedOver: try row.decode(9),
            isGivenUp: try row.decode(11),
            isVoided: try row.decode(12)
        )
    }
}
