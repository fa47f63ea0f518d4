package import FoundationEssentials
import Postgres

// Stands in for the queues' own declarations of the same names and shapes; it goes when they are merged.

/// The queues of outside work.
package enum Queue: String, CaseIterable, Sendable {
    case bookings = "internal-booking-events"
    case courierCommands = "courier-commands"
    case notifications = "shopify-admin-notifications"
}

/// A job to be made.
package struct NewJob: Sendable, Equatable {
    package var queue: Queue
    package var key: String
    package var orderID: UUID
    package var shop: String
    package var input: [UInt8]
    package var delay: Duration
}

/// Writes jobs.
enum JobTable {
    /// A job whose key is known is not made again.
    static func insert(_ jobs: [NewJob]) -> (Statement, [Binding]) {
        let delays = jobs.map { $0.delay.components.seconds * 1_000 + $0.delay.components.attoseconds / 1_000_000_000_000_000 }
        return (
            insertJobs,
            [
                .texts(jobs.map(\.queue.rawValue)), .texts(jobs.map(\.key)), .uuids(jobs.map(\.orderID)),
                .texts(jobs.map(\.shop)), .byteses(jobs.map(\.input)), .int8s(delays),
            ]
        )
    }

    private static let insertJobs = Statement(
        "job_insert",
        """
        INSERT INTO jobs (queue, key, order_id, shop, input, run_at)
        SELECT t.queue, t.key, t.order_id, t.shop, t.input, now() + t.delay * interval '1 millisecond'
        FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::bytea[], $6::bigint[])
            AS t (queue, key, order_id, shop, input, delay)
        ON CONFLICT DO NOTHING
        """
    )
}
