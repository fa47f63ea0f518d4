import EventStore
import FoundationEssentials
import Ingest
package import Logging
import NIOPosix
import Orchestration
import Orders
package import Postgres
package import Queues
package import Redis
package import ServiceLifecycle
import ServiceRuntime

/// A whole system for one test: a schema of its own, a key prefix of its own, real servers.
package struct TestSystem: Sendable {
    /// Addresses as the processes of this system get them.
    package let databaseURL: String
    package let redisURL: String
    package var database: PostgresConfiguration
    package let redis: RedisConfiguration
    package let streams: DoorbellStreams
    package let schema: String
    package let pool: PostgresPool
    package var logger: Logger

    /// The secret that signs webhooks in tests.
    package static let secret = "test-secret"

    /// The token that may change products in tests.
    package static let storefrontToken = "test-token"

    /// Makes a migrated schema, runs the body, drops the schema. The servers are named by `TEST_DATABASE_URL` and
    /// `TEST_REDIS_URL`; a missing one is a failure, not a skip. A test that brings servers of its own names them.
    package static func with(
        ownDatabase: String? = nil,
        ownRedis: String? = nil,
        _ body: (TestSystem) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let databaseURL = try ownDatabase ?? variable("TEST_DATABASE_URL")
        let redisURL = try ownRedis ?? variable("TEST_REDIS_URL")
        var database = try PostgresConfiguration(url: databaseURL)
        let redis = try RedisConfiguration(url: redisURL)
        let schema = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
        let keeper = try await PostgresConnection.connect(database, logger: logger)
        try await keeper.execute(script: "CREATE SCHEMA \(schema)")
        database.searchPath = [schema]
        let pool = PostgresPool(configuration: database, size: 2, maxWaiters: 64, waitTimeout: .seconds(60), logger: logger)
        let system = TestSystem(
            databaseURL: "\(databaseURL)\(databaseURL.contains("?") ? "&" : "?")options=-csearch_path%3D\(schema)",
            redisURL: redisURL,
            database: database,
            redis: redis,
            streams: DoorbellStreams(prefix: "\(schema):"),
            schema: schema,
            pool: pool,
            logger: logger
        )
        let outcome: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.run() }
                defer { group.cancelAll() }
                _ = try await pool.withConnection { try Migrator.migrate($0) }
                try await body(system)
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        // A server of the test's own ends with the test, and may have ended already.
        if ownDatabase == nil { try await drop(schema, keeper) }
        await keeper.close()
        try outcome.get()
    }

    private static func drop(_ schema: String, _ keeper: PostgresConnection) async throws {
        let script = "DROP SCHEMA \(schema) CASCADE; DROP SCHEMA IF EXISTS \(schema)_legacy CASCADE"
        do {
            try await keeper.execute(script: script)
        } catch {
            // The last statement of a process that was killed may still run; a deadlock with it ends one of the two.
            guard error.sqlState == "40P01" else { throw error }
            try await keeper.execute(script: script)
        }
    }

    /// Runs services for as long as the body takes, then shuts them down gracefully.
    package func running<R>(_ services: [any Service], _ body: () async throws -> R) async throws -> R {
        let group = ServiceGroup(configuration: .init(services: services.map { .init(service: $0) }, logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            do {
                let result = try await body()
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                return result
            } catch {
                tasks.cancelAll()
                throw error
            }
        }
    }

    private static func variable(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else {
            throw MissingServer(description: "\(name) is not set: run the tests with `make test`")
        }
        return value
    }

    private struct MissingServer: Error, CustomStringConvertible {
        var description: String
    }
}
