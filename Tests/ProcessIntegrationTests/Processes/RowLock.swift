import Postgres
import TestSystem

/// A transaction of the test that keeps others waiting.
struct RowLock {
    private let connection: PostgresConnection
    private let processID: Int32

    /// Takes what the statement locks, in a transaction that stays open until `release`.
    static func take(_ sql: String, in system: TestSystem) async throws -> RowLock {
        var database = system.database
        database.idleInTransactionTimeout = nil
        database.statementTimeout = nil
        let connection = try await PostgresConnection.connect(database, logger: system.logger)
        try await connection.execute(script: "BEGIN; \(sql)")
        return RowLock(connection: connection, processID: await connection.processID)
    }

    /// Returns once that many others wait for this lock, so each of them is certainly inside its transaction.
    func waitUntilBlocking(_ count: Int64 = 1, in system: TestSystem) async throws {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE \(processID) = ANY (pg_blocking_pids(pid))"
        try await eventually("somebody waits for the lock") { try await system.count(sql) >= count }
    }

    func release() async {
        await connection.close()
    }
}
