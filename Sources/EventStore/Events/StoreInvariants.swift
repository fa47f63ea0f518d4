package import Postgres

/// Invariants that SQL alone can check; what it returns are offenders.
package enum StoreInvariants {
    /// One question to the store.
    package struct Check: Sendable {
        package let invariant: String
        /// What must hold, in words.
        package let promise: String
        let statement: Statement
        /// Says in words what the statement cannot look at; NULL when it looks at everything.
        var unchecked: Statement?
    }

    /// Most offenders that a check returns.
    package static let maxOffenders: Int32 = 20

    /// Checks of I1 to I5; a page of events waiting to be merged offends nothing, see `unapplied`.
    package static let checks = [
        Check(
            invariant: "I1",
            promise: "every stored event is audited exactly once, or waits to be merged",
            statement: StoreInvariantStatements.unaudited
        ),
        Check(
            invariant: "I1",
            promise: "every accepted identity has its event, and every event its identity",
            statement: StoreInvariantStatements.unidentified,
            unchecked: StoreInvariantStatements.dropped
        ),
        Check(
            invariant: "I1",
            promise: "every event that waits is in the store",
            statement: StoreInvariantStatements.orphaned
        ),
        Check(
            invariant: "I2",
            promise: "every order of which an event has ended is there",
            statement: StoreInvariantStatements.lostOrders
        ),
        Check(
            invariant: "I3",
            promise: "versions in the change feed only go up",
            statement: StoreInvariantStatements.backwards
        ),
        Check(
            invariant: "I3",
            promise: "the newest change of every order carries its version",
            statement: StoreInvariantStatements.unannounced,
            unchecked: StoreInvariantStatements.pruned
        ),
        Check(
            invariant: "I4",
            promise: "every order has at most one active booking",
            statement: StoreInvariantStatements.doubleBooked
        ),
        Check(
            invariant: "I4",
            promise: "every label of a booking is a parcel of its order",
            statement: StoreInvariantStatements.strayLabels
        ),
        Check(
            invariant: "I4",
            promise: "every effect was made once",
            statement: StoreInvariantStatements.doubledEffects
        ),
        Check(
            invariant: "I5",
            promise: "no stock is negative, and what is left and what was ordered are all there ever was",
            statement: StorefrontInvariantStatements.lostStock
        ),
        Check(
            invariant: "I5",
            promise: "every order of the storefront is an event, and every such event an order",
            statement: StorefrontInvariantStatements.strayOrders
        ),
    ]

    /// Ids of what breaks the promise; empty when it holds.
    package static func offenders(_ check: Check, on connection: isolated PostgresConnection) throws -> [String] {
        try connection.query(check.statement, [.int4(maxOffenders)]).map { try $0.decode(0) }
    }

    /// What the check could not look at; nil when it looks at everything.
    package static func unchecked(_ check: Check, on connection: isolated PostgresConnection) throws -> String? {
        guard let statement = check.unchecked else { return nil }
        return try connection.query(statement).first?.decodeIfPresent(0)
    }

    /// How much is in the store.
    package struct Counts: Sendable, Equatable {
        package var events: Int64
        package var duplicates: Int64
        package var orders: Int64
        package var unapplied: Int64
        /// Audit status → events.
        package var audits: [String: Int64]
    }

    /// How many events there are of each kind.
    package static func counts(on connection: isolated PostgresConnection) throws -> Counts {
        let row = try connection.query(StoreInvariantStatements.counts)[0]
        var audits: [String: Int64] = [:]
        for row in try connection.query(StoreInvariantStatements.auditCounts) { audits[try row.decode(0)] = try row.decode(1) }
        return Counts(
            events: try row.decode(0),
            duplicates: try row.decode(1),
            orders: try row.decode(2),
            unapplied: try row.decode(3),
            audits: audits
        )
    }

    /// Events that wait to be merged.
    package static func unapplied(on connection: isolated PostgresConnection) throws -> Int64 {
        try connection.query(StoreInvariantStatements.unapplied)[0].decode(0)
    }
}

/// Run by `ordersctl verify`; they read whole tables.
private enum StoreInvariantStatements {
    /// Keys under which more than one job was done.
    static let doubledEffects = Statement(
        "verify_doubled_effects",
        """
        SELECT f.key
        FROM finished_jobs AS f
        WHERE f.outcome = 'done'
        GROUP BY f.order_id, f.key
        HAVING count(*) > 1
        LIMIT $1
        """
    )

    /// Events that neither ended nor wait, and events that ended more than once.
    static let unaudited = Statement(
        "verify_unaudited",
        """
        SELECT e.event_id::text
        FROM event_store AS e
        LEFT JOIN audit_log AS a
            ON a.subject_id = e.subject_id AND a.fact_id = e.fact_id AND a.event_id = e.event_id
        LEFT JOIN unapplied_events AS u ON u.subject_id = e.subject_id AND u.event_id = e.event_id
        WHERE a.event_id IS NULL AND u.event_id IS NULL
        UNION ALL
        SELECT a.event_id::text
        FROM audit_log AS a
        GROUP BY a.subject_id, a.event_id
        HAVING count(*) > 1
        LIMIT $1
        """
    )

    /// Events without an identity, and identities without an event whose month is still there.
    static let unidentified = Statement(
        "verify_unidentified",
        """
        SELECT coalesce(i.event_id, e.event_id)::text
        FROM event_identities AS i
        FULL JOIN event_store AS e
            ON e.subject_id = i.subject_id AND e.event_id = i.event_id AND e.received_at = i.received_at
        WHERE i.event_id IS NULL OR (
            e.event_id IS NULL
            AND date_trunc('month', i.received_at AT TIME ZONE 'UTC')::date IN (SELECT m.month FROM event_months AS m))
        LIMIT $1
        """
    )

    /// What `unidentified` cannot look at.
    static let dropped = Statement(
        "verify_dropped",
        """
        SELECT count(*) || CASE count(*) WHEN 1 THEN ' event' ELSE ' events' END || ' of months that were dropped, the last in '
            || max(i.received_at)::date
        FROM event_identities AS i
        LEFT JOIN event_store AS e
            ON e.subject_id = i.subject_id AND e.event_id = i.event_id AND e.received_at = i.received_at
        WHERE e.event_id IS NULL
            AND date_trunc('month', i.received_at AT TIME ZONE 'UTC')::date NOT IN (SELECT m.month FROM event_months AS m)
        HAVING count(*) > 0
        """
    )

    /// One that had ended before its month was dropped rings for its order, and waits for nothing of its own.
    static let orphaned = Statement(
        "verify_orphaned",
        """
        SELECT u.event_id::text
        FROM unapplied_events AS u
        LEFT JOIN event_store AS e
            ON e.received_at = u.received_at AND e.subject_id = u.subject_id AND e.event_id = u.event_id
        WHERE e.event_id IS NULL
            AND NOT EXISTS (SELECT FROM audit_log AS a WHERE a.subject_id = u.subject_id AND a.event_id = u.event_id)
        LIMIT $1
        """
    )

    /// Orders that events were merged into and that have no row.
    static let lostOrders = Statement(
        "verify_lost_orders",
        """
        SELECT DISTINCT a.subject_id::text
        FROM audit_log AS a
        WHERE a.order_id = a.subject_id AND NOT EXISTS (SELECT FROM orders AS o WHERE o.id = a.subject_id)
        LIMIT $1
        """
    )

    /// An order that is held has lost the facts of the events that cannot be read any more.
    static let backwards = Statement(
        "verify_backwards",
        """
        SELECT DISTINCT c.order_id::text
        FROM orders AS o
        JOIN (
            SELECT order_id, version, lag(version) OVER (PARTITION BY order_id ORDER BY seq) AS before
            FROM order_changes
        ) AS c ON c.order_id = o.id
        WHERE c.version < c.before AND NOT o.quarantined
        LIMIT $1
        """
    )

    /// Orders whose version is not the last of the change feed.
    static let unannounced = Statement(
        "verify_unannounced",
        """
        SELECT o.id::text
        FROM orders AS o
        LEFT JOIN (
            SELECT DISTINCT ON (order_id) order_id, version FROM order_changes ORDER BY order_id, seq DESC
        ) AS c ON c.order_id = o.id
        WHERE o.version <> coalesce(c.version, 0)
            AND (c.version IS NOT NULL OR o.created_at >= coalesce((SELECT l.at FROM change_log_start AS l), '-infinity'))
        LIMIT $1
        """
    )

    /// What `unannounced` cannot look at.
    static let pruned = Statement(
        "verify_pruned",
        """
        SELECT count(*) || CASE count(*) WHEN 1 THEN ' order' ELSE ' orders' END || ' whose changes are older than the change log'
        FROM orders AS o
        WHERE o.version > 0 AND o.created_at < (SELECT l.at FROM change_log_start AS l)
            AND NOT EXISTS (SELECT FROM order_changes AS c WHERE c.order_id = o.id)
        HAVING count(*) > 0
        """
    )

    /// Orders with more than one booking that is not over.
    static let doubleBooked = Statement(
        "verify_double_booked",
        """
        SELECT b.order_id::text
        FROM bookings AS b
        WHERE b.state NOT IN ('cancelled', 'returned', 'rejected') AND NOT b.late
        GROUP BY b.order_id
        HAVING count(*) > 1
        LIMIT $1
        """
    )

    /// Bookings with a label that is no parcel of their order.
    static let strayLabels = Statement(
        "verify_stray_labels",
        """
        SELECT b.order_id::text
        FROM bookings AS b
        LEFT JOIN shipments AS s
            ON s.order_id = b.order_id AND s.courier = b.courier AND s.tracking_number = b.tracking_number
        WHERE b.tracking_number IS NOT NULL AND s.order_id IS NULL
        LIMIT $1
        """
    )

    /// How much is in the store.
    static let counts = Statement(
        "verify_counts",
        """
        SELECT
            (SELECT count(*) FROM event_store), (SELECT count(*) FROM duplicate_deliveries), (SELECT count(*) FROM orders),
            (SELECT count(*) FROM unapplied_events)
        """
    )

    /// How its events ended.
    static let auditCounts = Statement("verify_audit_counts", "SELECT status, count(*) FROM audit_log GROUP BY status")
    /// Run five times a second by `ordersctl verify --wait`, too.
    static let unapplied = Statement("verify_unapplied", "SELECT count(*) FROM unapplied_events")
}
