import FoundationEssentials
import Glibc
import Logging
import Postgres
import Testing

/// A schema of its own for one test, dropped afterwards.
struct TestDatabase: Sendable {
    var configuration: PostgresConfiguration

    static let logger = Logger(label: "postgres.tests") { _ in SwiftLogNoOpLogHandler() }

    /// The server named by `TEST_DATABASE_URL`; a missing one is a failure, not a skip.
    static func serverConfiguration() throws -> PostgresConfiguration {
        let url = try #require(
            ProcessInfo.processInfo.environment["TEST_DATABASE_URL"],
            "set TEST_DATABASE_URL to a private PostgreSQL, e.g. postgres://postgres@localhost:5432/postgres"
        )
        return try PostgresConfiguration(url: url)
    }

    /// Calls `body` with a database whose schema was set up by `script`.
    static func with(
        _ script: String = "",
        _ body: (TestDatabase) async throws -> Void
    ) async throws {
        var configuration = try serverConfiguration()
        let schema = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
        let keeper = try await PostgresConnection.connect(configuration, logger: logger)
        try await keeper.execute(script: "CREATE SCHEMA \(schema); SET search_path = \(schema); \(script)")
        configuration.searchPath = [schema]
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(TestDatabase(configuration: configuration)))
        } catch {
            outcome = .failure(error)
        }
        try await keeper.execute(script: "DROP SCHEMA \(schema) CASCADE")
        await keeper.close()
        try outcome.get()
    }

    func connect(_ adjust: (inout PostgresConfiguration) -> Void = { _ in }) async throws -> PostgresConnection {
        var configuration = configuration
        adjust(&configuration)
        return try await PostgresConnection.connect(configuration, logger: Self.logger)
    }

    /// Runs a pool for as long as `body` takes.
    func withPool(
        size: Int = 1,
        maxWaiters: Int = 8,
        waitTimeout: Duration = .seconds(60),
        _ body: (PostgresPool) async throws -> Void
    ) async throws {
        let pool = PostgresPool(
            configuration: configuration,
            size: size,
            maxWaiters: maxWaiters,
            waitTimeout: waitTimeout,
            logger: Self.logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            defer { group.cancelAll() }
            try await body(pool)
        }
    }

    /// Returns when as many server processes as `count` wait for a lock on the given key.
    func waitForWaiters(_ count: Int = 1, onKey key: Int64, observer: PostgresConnection) async throws {
        let statement = Statement(
            "test_waiters",
            """
            SELECT count(*) FROM pg_locks
            WHERE locktype = 'advisory' AND NOT granted AND objid::bigint = $1
            """
        )
        while try await observer.query(statement, [.int8(key)])[0].decode(0, as: Int.self) < count {
            try Task.checkCancellation()
        }
    }
}

/// Statements that more than one test uses.
enum TestStatement {
    static let one = Statement("test_one", "SELECT 1")
    static let processID = Statement("test_process_id", "SELECT pg_backend_pid()")
    static let lock = Statement("test_lock", "SELECT pg_advisory_lock($1)")
    static let unlock = Statement("test_unlock", "SELECT pg_advisory_unlock($1)")
    static let terminate = Statement("test_terminate", "SELECT pg_terminate_backend($1, 5000)")
    static let insert = Statement("test_insert", "INSERT INTO items (id) VALUES ($1)")
    /// Says whether its commit waits for the disk.
    static let insertSaying = Statement(
        "test_insert_saying",
        "INSERT INTO items (id) VALUES ($1) RETURNING current_setting('synchronous_commit')"
    )
    static let logEnd = Statement("test_log_end", "SELECT pg_current_wal_insert_lsn()::text")
    static let isOnDisk = Statement("test_is_on_disk", "SELECT pg_current_wal_flush_lsn() >= $1::pg_lsn")
    static let count = Statement("test_count", "SELECT count(*) FROM items")
    static let items = "CREATE TABLE items (id bigint CONSTRAINT items_pkey PRIMARY KEY);"
}

/// Stops a server process, as if it hung, while `body` runs.
func withStoppedProcess(_ processID: Int32, _ body: () async throws -> Void) async throws {
    try #require(kill(processID, SIGSTOP) == 0, "the tests must be allowed to signal the server's processes")
    let outcome: Result<Void, any Error>
    do {
        outcome = .success(try await body())
    } catch {
        outcome = .failure(error)
    }
    #expect(kill(processID, SIGCONT) == 0)
    try outcome.get()
}

/// The error that `body` throws.
func postgresError(_ body: () async throws -> Void) async throws -> PostgresError {
    try #require(await #expect(throws: PostgresError.self) { try await body() })
}
