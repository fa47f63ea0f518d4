import EventStore
import NIOPosix
import Orchestration
import Orders
package import Postgres
package import Queues
import Redis

/// Looks at the store from outside.
extension TestSystem {
    /// An order as a test looks at it.
    package struct OrderView: Sendable, Equatable {
        package var refID: String
        package var status: String
        package var orderStatus: String
        package var paymentStatus: String
        package var version: Int64
        package var stateHash: String
        package var isQuarantined: Bool
    }

    /// Has PostgreSQL refuse rows from now on, of one table and once.
    ///
    /// - Parameters:
    ///   - operation: such as `UPDATE ON orders`.
    ///   - condition: which rows, as SQL over `NEW`.
    package func refuse(
        _ operation: String,
        when condition: String,
        saying message: String,
        sqlState: String = "23514"
    ) async throws {
        try await execute(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '\(message)' USING ERRCODE = '\(sqlState)';
            END $$;
            CREATE TRIGGER refuse BEFORE \(operation) FOR EACH ROW WHEN (\(condition)) EXECUTE FUNCTION refuse()
            """
        )
    }

    /// Writes down from now on how many rows each such statement writes, in `pages (table_name, size)`; each of another table.
    ///
    /// - Parameter operations: such as `INSERT ON redactions`.
    package func notePages(_ operations: String...) async throws {
        let triggers = operations.map { operation in
            "CREATE TRIGGER page AFTER \(operation) REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION page();"
        }
        try await execute(
            """
            CREATE TABLE pages (table_name text, size bigint);
            CREATE FUNCTION page() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO pages SELECT TG_TABLE_NAME, count(*) FROM fresh;
                RETURN NULL;
            END $$;
            \(triggers.joined(separator: "\n"))
            """
        )
    }

    package func orders() async throws -> [OrderView] {
        let statement = Statement(
            "test_orders",
            """
            SELECT ref_id, status, order_status, payment_status, version, encode(state_hash, 'hex'), quarantined
            FROM orders ORDER BY ref_id
            """
        )
        return try await pool.withConnection { connection in
            try connection.query(statement).map { row in
                OrderView(
                    refID: try row.decode(0),
                    status: try row.decode(1),
                    orderStatus: try row.decode(2),
                    paymentStatus: try row.decode(3),
                    version: try row.decode(4),
                    stateHash: try row.decode(5),
                    isQuarantined: try row.decode(6)
                )
            }
        }
    }

    package func order(_ refID: String) async throws -> OrderView? {
        try await orders().first { $0.refID == refID }
    }

    /// A statement that a test has made up. Its text names it, by a digest: PostgreSQL keeps 63 bytes of a name.
    private static func statement(_ sql: String) -> Statement {
        Statement("test_\(Digest(of: Array(sql.utf8)).hex.prefix(32))", sql)
    }

    /// One number that a statement without parameters returns.
    package func count(_ sql: String) async throws -> Int64 {
        let statement = Self.statement(sql)
        return try await pool.withConnection { try $0.query(statement)[0].decode(0) }
    }

    /// One text a row that a statement without parameters returns.
    package func texts(_ sql: String) async throws -> [String] {
        let statement = Self.statement(sql)
        return try await pool.withConnection { connection in try connection.query(statement).map { try $0.decode(0) } }
    }

    /// A connection whose transactions may stay open for as long as a test needs them.
    package func patientConnection() async throws -> PostgresConnection {
        var patient = database
        patient.idleInTransactionTimeout = nil
        return try await PostgresConnection.connect(patient, logger: logger)
    }

    package func execute(_ sql: String) async throws {
        try await pool.withConnection { try $0.execute(script: sql) }
    }

    /// Returns once no event waits to be merged; the test's time limit bounds it.
    package func settled() async throws {
        while try await pool.withConnection({ try StoreInvariants.unapplied(on: $0) }) > 0 { try await Moment.pass() }
    }

    /// Doorbells that nobody has finished.
    package func outstandingDoorbells() async throws -> Int {
        try await withRedis { try await streams.outstanding($0) }
    }

    /// What `ordersctl verify` finds broken.
    package func brokenPromises(limits: [Queue: RateLimit] = [:]) async throws -> [String] {
        try await Verification(pool: pool, limits: limits).run().filter { !$0.holds }
            .map { "\($0.invariant) \($0.promise): \($0.offenders)" }
    }
}

/// Does what an operator or an accident would do.
extension TestSystem {
    /// Deletes every doorbell of this system, groups included, as `FLUSHALL` would.
    package func deleteStreams() async throws {
        try await withRedis { client in
            for stream in DoorbellStreams.Name.allCases {
                _ = try await client.send(RedisCommand("DEL", [.text(streams.key(stream))]))
            }
        }
    }

    /// Deletes every key of this system, limits included, as `FLUSHALL` would.
    package func flushRedis() async throws {
        try await withRedis { client in
            let keys = try await client.send(RedisCommand("KEYS", [.text("\(streams.prefix)*")])).array ?? []
            for key in keys.compactMap(\.string) { _ = try await client.send(RedisCommand("DEL", [.text(key)])) }
        }
    }

    /// What Redis holds, of whomever, in megabytes.
    package func redisMemory() async throws -> Double {
        let lines = try await withRedis { try await $0.send(RedisCommand("INFO", [.text("memory")])).string ?? "" }
        let bytes = lines.split(separator: "\r\n").first { $0.hasPrefix("used_memory:") }?.split(separator: ":").last
        return (bytes.flatMap { Double($0) } ?? .infinity) / 1_048_576
    }

    private func withRedis<R>(_ body: (RedisClient) async throws -> R) async throws -> R {
        let client = RedisClient(configuration: redis, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        return try await running([client]) {
            try await client.waitUntilConnected(timeout: .seconds(60))
            return try await body(client)
        }
    }
}
