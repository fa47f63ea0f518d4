import Orders
package import Postgres

/// Brings the schema of the connection's search path up to date, forward only.
package enum Migrator {
    /// Months of partitions of `event_store` and `finished_jobs` made ahead of time.
    package static let monthsAhead: Int32 = 3

    /// Runs what has not run yet, each step in a transaction of its own, and returns the names of those steps. Several
    /// callers at once are safe: they take turns.
    ///
    /// - Throws: `SchemaError` when an applied file has changed or the database is newer than this program.
    package static func migrate(_ connection: isolated PostgresConnection) throws -> [String] {
        var names: [String] = []
        while let name = try inTransaction(connection, migrateNext) { names.append(name) }
        try ensurePartitions(connection)
        return names
    }

    /// Makes the partitions of this month and of `monthsAhead` months after it. Several callers at once are safe, and nobody who
    /// works on the tables waits for long: the new tables are attached under locks that are not waited for.
    ///
    /// - Throws: `PostgresError`, a lock time-out among them when others never let go; what was in the default partition is
    ///   still there then, and a later call makes up for it.
    package static func ensurePartitions(_ connection: isolated PostgresConnection) throws {
        let months = try connection.query(SchemaStatements.missingMonths, [.int4(monthsAhead)]).map { row -> [Binding] in
            [.text(try row.decode(0, as: String.self)), .text(try row.decode(1, as: String.self))]
        }
        guard !months.isEmpty else { return }
        try inTransaction(connection) { connection in
            _ = try connection.query(SchemaStatements.lock)
            for month in months { _ = try connection.query(SchemaStatements.prepareMonth, month) }
        }
        var attempt = 1
        while true {
            do {
                return try inTransaction(connection) { connection in
                    _ = try connection.query(SchemaStatements.lock)
                    try connection.execute(script: SchemaStatements.impatience)
                    for month in months { _ = try connection.query(SchemaStatements.attachMonth, month) }
                }
            } catch let error as PostgresError where error.isLockTimeout && attempt < attachAttempts {
                attempt += 1
                _ = try connection.query(SchemaStatements.pause)
            }
        }
    }

    /// Attempts to attach new partitions, a moment apart.
    private static let attachAttempts = 10

    private static func migrateNext(_ connection: isolated PostgresConnection) throws -> String? {
        _ = try connection.query(SchemaStatements.lock)
        try connection.execute(script: SchemaStatements.createTable)
        let history = try history(connection)
        if let unknown = history.unknown.first { throw SchemaError.newerThanProgram(unknown) }
        guard let migration = history.pending.first else { return nil }
        try connection.execute(script: migration.sql)
        _ = try connection.query(SchemaStatements.record, [.text(migration.name), .text(migration.checksum.hex)])
        return migration.name
    }

    private static func inTransaction<R>(
        _ connection: isolated PostgresConnection,
        _ body: (isolated PostgresConnection) throws -> R
    ) throws -> R {
        try connection.execute(script: SchemaStatements.begin)
        do {
            let result = try body(connection)
            try connection.execute(script: SchemaStatements.commit)
            return result
        } catch {
            // The first error is the one to report; a connection that cannot roll back is replaced by its pool.
            try? connection.execute(script: SchemaStatements.rollback)
            throw error
        }
    }

    /// Says why the services must not run on this schema yet; nil when everything this program needs has run. A newer schema is
    /// no reason: while an upgrade rolls, the old processes go on working.
    package static func outdated(_ connection: isolated PostgresConnection) throws -> String? {
        guard try connection.query(SchemaStatements.exists)[0].decode(0, as: Bool.self) else {
            return "the schema does not exist: run `ordersctl migrate`"
        }
        let waiting = try history(connection).pending
        guard let first = waiting.first else { return nil }
        return
            "\(counted(waiting.count, "migration has", "migrations have")) not run, the first is \(first.name): run `ordersctl migrate`"
    }

    /// Throws unless the pool's database can be reached and has the schema of this program.
    package static func check(_ pool: PostgresPool) async throws {
        try pool.checkReachable()
        if let reason = try await pool.withConnection({ try outdated($0) }) { throw SchemaError.outdated(reason) }
    }

    /// Steps of this program that have not run, and names of steps that ran and that this program does not know.
    private static func history(
        _ connection: isolated PostgresConnection
    ) throws -> (pending: [Migration], unknown: [String]) {
        var pending = Migration.all
        var unknown: [String] = []
        for row in try connection.query(SchemaStatements.applied) {
            let name: String = try row.decode(0)
            guard let place = pending.firstIndex(where: { $0.name == name }) else {
                unknown.append(name)
                continue
            }
            guard try pending[place].checksum.hex == row.decode(1) else { throw SchemaError.changedFile(name) }
            pending.remove(at: place)
        }
        return (pending, unknown)
    }
}

/// Why a database cannot be migrated, or not be used.
package enum SchemaError: Error, CustomStringConvertible {
    case changedFile(String)
    case newerThanProgram(String)
    /// The services must not run yet; the text says why.
    case outdated(String)

    package var description: String {
        switch self {
        case .changedFile(let name): "migration \(name) was changed after it had run on this database"
        case .outdated(let reason): reason
        case .newerThanProgram(let name):
            "the database has run migration \(name), which this program does not know: migrate with the newer program"
        }
    }
}

/// Run by `ordersctl migrate` and, the read ones, by every service at start and in `/readyz`.
private enum SchemaStatements {
    static let begin = "BEGIN"
    static let commit = "COMMIT"
    static let rollback = "ROLLBACK"

    /// One migrator at a time per schema; freed by the end of the transaction.
    static let lock = Statement(
        "schema_lock",
        "SELECT pg_advisory_xact_lock(hashtext('orders-orchestrator ' || current_schema()))"
    )

    static let createTable = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            name       text        NOT NULL CONSTRAINT schema_migrations_pkey PRIMARY KEY,
            checksum   text        NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """

    /// Whether any step has run.
    static let exists = Statement("schema_exists", "SELECT to_regclass('schema_migrations') IS NOT NULL")
    /// Reads the table: a row for each step.
    static let applied = Statement("schema_applied", "SELECT name, checksum FROM schema_migrations ORDER BY name")
    /// Once a step, in its transaction.
    static let record = Statement("schema_record", "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)")

    /// Run by every orchestrator, too, as the two that follow: months ahead that have no table yet. Reads the catalogue.
    static let missingMonths = Statement("schema_missing_months", "SELECT parent, month FROM missing_months($1)")
    /// Makes the table of a month.
    static let prepareMonth = Statement("schema_prepare_month", "SELECT prepare_month($1::text::regclass, $2::text::date)")
    /// Has the table of a month take what comes.
    static let attachMonth = Statement("schema_attach_month", "SELECT attach_month($1::text::regclass, $2::text::date)")

    /// A lock that is waited for stops everybody who comes after.
    static let impatience = "SET LOCAL lock_timeout = '250ms'"
    /// Between two tries to get the lock that `attachMonth` needs.
    static let pause = Statement("schema_pause", "SELECT pg_sleep(0.25)")
}
