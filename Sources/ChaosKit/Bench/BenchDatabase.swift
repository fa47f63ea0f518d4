import EventStore
import Postgres

/// What the benchmark does to the database besides what the services do.
enum BenchDatabase {
    /// Makes the schema, in a database that holds no events.
    ///
    /// - Throws: `ScenarioRun.Refusal` when there are events: the benchmark deletes what it measures.
    static func prepare(_ connection: isolated PostgresConnection) throws {
        _ = try Migrator.migrate(connection)
        guard try storedEvents(connection) == 0 else {
            throw ScenarioRun.Refusal(
                "The database holds events, and the benchmark deletes all of them. Give it one of its own: "
                    + "ordersctl with-servers -- chaos bench"
            )
        }
    }

    /// Has the server write into log segments that it has used before, as one does that has run for a day. A new server makes a
    /// file of 16 MB and fills it with zeros every few thousand events, in the middle of a commit.
    static func recycleLog(_ connection: isolated PostgresConnection) throws {
        for _ in 0..<recycledSegments {
            _ = try connection.query(writeToLog)
            _ = try connection.query(switchLog)
        }
        try connection.execute(script: "CHECKPOINT")
    }

    /// More than one measurement fills, and less than `max_wal_size` of the private servers.
    private static let recycledSegments = 100
    /// Run before the first measurement, once a segment.
    private static let writeToLog = Statement("bench_write_to_log", "SELECT pg_logical_emit_message(false, 'bench', '')")
    /// Behind `writeToLog`.
    private static let switchLog = Statement("bench_switch_log", "SELECT pg_switch_wal()")

    /// Deletes all events and what was made of them, so that each repetition starts from the same place: with log segments to write
    /// into, too, which a checkpoint hands back.
    static func empty(_ connection: isolated PostgresConnection) throws {
        try connection.execute(script: truncate)
        do {
            try connection.execute(script: "CHECKPOINT")
        } catch  where error.isInsufficientPrivilege {
            // The report's reader has been told when the log was to be recycled.
        }
    }

    static func storedEvents(_ connection: isolated PostgresConnection) throws -> Int {
        try connection.query(countEvents)[0].decode(0)
    }

    /// Flushes of the write-ahead log to disk since the server's statistics began.
    ///
    /// A backend reports its own when it ends, so read it after the services have.
    static func walSyncs(_ connection: isolated PostgresConnection) throws -> Int {
        let version: Int = try connection.query(serverVersion)[0].decode(0)
        return try connection.query(version >= 180_000 ? walSyncsByIO : walSyncsByWAL)[0].decode(0)
    }

    /// Jobs that have not ended.
    static func liveJobs(_ connection: isolated PostgresConnection) throws -> Int {
        try connection.query(countJobs)[0].decode(0)
    }

    private static let truncate = """
        TRUNCATE event_identities, event_store, duplicate_deliveries, unapplied_events, audit_log, orders, waybills, shipments,
            redactions, order_changes, bookings, jobs, job_keys, finished_jobs, storefront_orders, storefront_answers, products
        """
    /// Run while a measurement waits for the last of them. Reads the table.
    private static let countJobs = Statement("bench_jobs", "SELECT count(*) FROM jobs")
    /// Run before and after each measurement. Reads the table.
    private static let countEvents = Statement("bench_events", "SELECT count(*) FROM event_store")
    /// Run before each of the two below: since version 18 the server counts its flushes elsewhere.
    private static let serverVersion = Statement("bench_version", "SELECT current_setting('server_version_num')::integer")
    /// Run before and after each measurement.
    private static let walSyncsByWAL = Statement("bench_wal_syncs", "SELECT wal_sync FROM pg_stat_wal")
    /// Run before and after each measurement.
    private static let walSyncsByIO = Statement(
        "bench_wal_syncs_18",
        "SELECT coalesce(sum(fsyncs), 0)::bigint FROM pg_stat_io WHERE object = 'wal'"
    )
}
