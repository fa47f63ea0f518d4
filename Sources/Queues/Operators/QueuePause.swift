package import Postgres

/// Pausing a queue: what is claimed goes on, nothing else starts.
package enum QueuePause {
    /// Returns when no claim is under way that has not seen the pause: nothing of the queue starts after the commit. False when the
    /// queue was paused already.
    package static func pause(_ queue: Queue, by operatorName: String, in transaction: inout Transaction) throws -> Bool {
        let results = try transaction.pipeline([
            (exclude, [.text(queue.rawValue)]),
            (pause, [.text(queue.rawValue), .text(operatorName)]),
        ])
        return results[1].affected > 0
    }

    /// Lets the queue go on; false when it was not paused.
    package static func resume(_ queue: Queue, in transaction: inout Transaction) throws -> Bool {
        try transaction.query(resume, [.text(queue.rawValue)]).affected > 0
    }

    /// Run before every claim, in its transaction: a pause waits for the claims before it.
    static let share = Statement(
        "queue_pause_share",
        "SELECT pg_advisory_xact_lock_shared(hashtext('queue ' || current_schema()), hashtext($1))"
    )

    /// Run before `pause`, in its transaction: it waits for the claims before it.
    private static let exclude = Statement(
        "queue_pause_exclude",
        "SELECT pg_advisory_xact_lock(hashtext('queue ' || current_schema()), hashtext($1))"
    )

    /// Run by `ordersctl pause` and the console, behind the last claim that has not seen it: its time is later than that of any start. A
    /// queue that is paused already stays as it is.
    private static let pause = Statement(
        "queue_pause",
        """
        INSERT INTO queue_states AS q (queue, paused_at, paused_by) VALUES ($1, clock_timestamp(), $2)
        ON CONFLICT ON CONSTRAINT queue_states_pkey DO UPDATE SET
            paused_at = excluded.paused_at, paused_by = excluded.paused_by
        WHERE q.paused_at IS NULL
        """
    )

    /// Run by `ordersctl resume` and the console. Served by `queue_states_pkey`.
    private static let resume = Statement(
        "queue_resume",
        "UPDATE queue_states SET paused_at = NULL, paused_by = NULL WHERE queue = $1 AND paused_at IS NOT NULL"
    )
}
