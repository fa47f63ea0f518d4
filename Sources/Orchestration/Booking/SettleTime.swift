import Orders
import Postgres

/// Makes commands wait until their order is quiet.
enum SettleTime {
    /// A command waits at most this many settle times, however restless its order.
    static let maxTimes: Int64 = 30

    /// Commands that no worker has begun wait a whole settle time again.
    static func postpone(_ bookings: [Booking], by settle: Duration) -> (Statement, [Binding]) {
        let milliseconds = settle.components.seconds * 1_000 + settle.components.attoseconds / 1_000_000_000_000_000
        return (
            postponeJobs,
            [
                .uuids(bookings.map(\.order.uuid)), .texts(bookings.map(EffectKey.book)), .int8(milliseconds),
                .int8(maxTimes * milliseconds),
            ]
        )
    }

    /// Run by the orchestrator for batches that change orders with a claimed booking. Served by `jobs_pkey`.
    private static let postponeJobs = Statement(
        "job_settle",
        """
        UPDATE jobs AS j SET
            run_at = least(
                now() + $3::bigint * interval '1 millisecond', j.created_at + $4::bigint * interval '1 millisecond'),
            updated_at = now()
        FROM unnest($1::uuid[], $2::text[]) AS t (order_id, key)
        WHERE j.order_id = t.order_id AND j.key = t.key AND j.state = 'ready' AND j.attempt = 0
        """
    )
}
