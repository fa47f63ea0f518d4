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

    /// Makes the partitions of this month and of `monthsAhead` months after it. Several callers at once are safe.
    package static func ensurePartitions(_ connection: isolated PostgresConnection) throws {
        try inTransaction(connection) { connection in
            _ = try connection.query(SchemaStatements.lock)
            _ = try connection.query(SchemaStatements.ensureEventPartitions, [.int4(monthsAhead)])
            _ = try connection.query(SchemaStatements.ensureJobPartitions, [.int4(monthsAhead)])
        }
    }

    /// Throws unless the server answers.
    package static func ping(_ connection: isolated PostgresConnection) throws {
        _ = try connection.query(SchemaStatements.ping)
    }

    private static func migrateNext(_ connection: isolated PostgresConnection) throws -> String? {
        _ = try connection.query(SchemaStatements.lock)
        try connection.execute(script: SchemaStatements.createTable)
        guard let migration = try pending(connection).first else { return nil }
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

    /// Says why the services must not run on this schema yet; nil when it is current.
    package static func outdated(_ connection: isolated PostgresConnection) throws -> String? {
        guard try connection.query(SchemaStatements.exists)[0].decode(0, as: Bool.self) else {
            return "the schema does not exist: run `ordersctl migrate`"
        }
        let waiting = try pending(connection)
        guard let first = waiting.first else { return nil }
        return "\(waiting.count) migration(s) have not run, the first is \(first.name): run `ordersctl migrate`"
    }

    private static func pending(_ connection: isolated PostgresConnection) throws -> [Migration] {
        let applied = try connection.query(SchemaStatements.applied).map { row in
            (name: try row.decode(0, as: String.self), checksum: try row.decode(1, as: String.self))
        }
        for (index, step) in applied.enumerated() {
            guard index < Migration.all.count, Migration.all[index].name == step.name else {
                throw SchemaError.newerThanProgram(step.name)
            }
            guard Migration.all[index].checksum.hex == step.checksum else { throw SchemaError.changedFile(step.name) }
        }
        return Array(Migration.all.dropFirst(applied.count))
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
        case .newerThanProgram(let name): "the database has run migration \(name), which this program does not know"
        }
    }
}

/// Run by `ordersctl migrate` and, the read ones, by every service at start and in `/readyz`.
private enum SchemaStatements {
    static let ping = Statement("ping", "SELECT 1")
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

    static let exists = Statement("schema_exists", "SELECT to_regclass('schema_migrations') IS NOT NULL")
    static let applied = Statement("schema_applied", "SELECT name, checksum FROM schema_migrations ORDER BY name")
    static let record = Statement("schema_record", "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)")
    static let ensureEventPartitions = Statement("schema_event_partitions", "SELECT ensure_event_partitions($1)")
    static let ensureJobPartitions = Statement("schema_job_partitions", "SELECT ensure_job_partitions($1)")
}
