import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct CancellationTests {
    @Test func `Cancelling the task stops its statement on the server and keeps the connection`() async throws {
        let key: Int64 = 4_101
        try await TestDatabase.with { database in
            let (holder, blocked) = (try await database.connect(), try await database.connect())
            try await holder.query(TestStatement.lock, [.int8(key)])
            let task = Task {
                try await blocked.run { _ = try $0.query(TestStatement.lock, [.int8(key)]) }
            }
            try await database.waitForWaiters(onKey: key, observer: holder)
            task.cancel()
            let error = try await postgresError { try await task.value }
            #expect(error.code == .cancelled)
            #expect(error.sqlState == "57014")
            #expect(try await blocked.query(TestStatement.one)[0].decode(0) == 1)
        }
    }

    @Test func `Statements that went stale while their task was cancelled are forgotten by the next one`() async throws {
        let key: Int64 = 4_104
        let goesStale = """
            CREATE FUNCTION wait_and_go_stale(key bigint) RETURNS void LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_advisory_lock(key);
            EXCEPTION WHEN query_canceled THEN
                RAISE EXCEPTION 'the statement is gone' USING ERRCODE = '26000';
            END $$
            """
        try await TestDatabase.with(goesStale) { database in
            let (holder, blocked) = (try await database.connect(), try await database.connect())
            try await blocked.query(TestStatement.one)
            try await holder.query(TestStatement.lock, [.int8(key)])
            let task = Task {
                try await blocked.run { connection in
                    _ = try connection.query(Statement("test_go_stale", "SELECT wait_and_go_stale($1)"), [.int8(key)])
                }
            }
            try await database.waitForWaiters(onKey: key, observer: holder)
            task.cancel()
            // It may not be sent again, and nothing may be sent to forget it.
            #expect(try await postgresError { try await task.value }.code == .cancelled)
            #expect(try await blocked.query(TestStatement.one)[0].decode(0) == 1)
        }
    }

    @Test func `A transaction of a cancelled task is rolled back`() async throws {
        let key: Int64 = 4_102
        try await TestDatabase.with(TestStatement.items) { database in
            let (holder, blocked) = (try await database.connect(), try await database.connect())
            try await holder.query(TestStatement.lock, [.int8(key)])
            let task = Task {
                try await blocked.run { connection in
                    try connection.transaction { transaction in
                        try transaction.query(TestStatement.insert, [.int8(1)])
                        try transaction.query(TestStatement.lock, [.int8(key)])
                    }
                }
            }
            try await database.waitForWaiters(onKey: key, observer: holder)
            task.cancel()
            #expect(try await postgresError { try await task.value }.code == .cancelled)
            #expect(try await blocked.query(TestStatement.count)[0].decode(0) == 0)
        }
    }

    @Test func `A task that is cancelled already sends nothing`() async throws {
        try await TestDatabase.with { database in
            let connection = try await database.connect()
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                try await connection.run { _ = try $0.query(TestStatement.one) }
            }
            task.cancel()
            #expect(try await postgresError { try await task.value }.code == .cancelled)
            #expect(await connection.flights == 0)
        }
    }

    @Test func `The statement time-out is the server's error`() async throws {
        try await TestDatabase.with { database in
            let connection = try await database.connect { $0.statementTimeout = .milliseconds(20) }
            let error = try await postgresError { try await connection.query(Statement("test_slow", "SELECT pg_sleep(60)")) }
            #expect(error.code == .server)
            #expect(error.sqlState == "57014")
            #expect(error.classification == .transient)
        }
    }

    @Test func `The lock time-out is the server's error`() async throws {
        let key: Int64 = 4_103
        try await TestDatabase.with { database in
            let holder = try await database.connect()
            let blocked = try await database.connect { $0.lockTimeout = .milliseconds(20) }
            try await holder.query(TestStatement.lock, [.int8(key)])
            #expect(try await postgresError { try await blocked.query(TestStatement.lock, [.int8(key)]) }.sqlState == "55P03")
        }
    }
}
