import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct LostConnectionTests {
    @Test func `A server that hangs is given up within the response time-out`() async throws {
        try await TestDatabase.with { database in
            let connection = try await database.connect { $0.responseTimeout = .seconds(3) }
            let processID = await connection.processID
            #expect(try await connection.query(TestStatement.processID)[0].decode(0) == processID)
            try await withStoppedProcess(processID) {
                let error = try await postgresError { try await connection.query(TestStatement.one) }
                #expect(error.code == .unanswered)
                #expect(error.isTimeout)
                #expect(error.commitOutcomeUnknown)
                #expect(error.classification == .transient)
            }
            #expect(try await postgresError { try await connection.query(TestStatement.one) }.code == .closed)
        }
    }

    @Test func `Before the COMMIT the outcome of a lost transaction is known`() async throws {
        try await TestDatabase.with { database in
            let connection = try await database.connect { $0.responseTimeout = .seconds(3) }
            try await withStoppedProcess(connection.processID) {
                let error = try await postgresError {
                    try await connection.run { try $0.transaction { _ = try $0.query(TestStatement.one) } }
                }
                #expect(error.code == .unanswered)
                #expect(!error.commitOutcomeUnknown)
            }
        }
    }

    @Test func `A COMMIT without an answer says that its outcome is unknown`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect { $0.responseTimeout = .seconds(3) }
            try await withStoppedProcess(connection.processID) {
                let error = try await postgresError {
                    try await connection.run { connection in
                        try connection.transaction { _ = try $0.commit(with: [(TestStatement.insert, [.int8(1)])]) }
                    }
                }
                #expect(error.commitOutcomeUnknown)
            }
        }
    }

    @Test func `A terminated connection reports the server's last words`() async throws {
        let key: Int64 = 4_201
        try await TestDatabase.with { database in
            let (holder, blocked) = (try await database.connect(), try await database.connect())
            let processID = await blocked.processID
            try await holder.query(TestStatement.lock, [.int8(key)])
            async let outcome = postgresError { try await blocked.query(TestStatement.lock, [.int8(key)]) }
            try await database.waitForWaiters(onKey: key, observer: holder)
            try await holder.query(TestStatement.terminate, [.int4(processID)])
            let error = try await outcome
            #expect(error.code == .connectionLost)
            #expect(error.sqlState == "57P01")
            #expect(error.commitOutcomeUnknown)
        }
    }

    @Test func `A connection that broke while idle says so before it does anything`() async throws {
        try await TestDatabase.with { database in
            let (observer, idle) = (try await database.connect(), try await database.connect())
            try await observer.query(TestStatement.terminate, [.int4(idle.processID)])
            let error = try await postgresError { try await idle.run { _ = try $0.query(TestStatement.one) } }
            #expect(error.code == .connectionLost)
            #expect(!error.commitOutcomeUnknown)
        }
    }

    @Test func `A server that spoke while the connection was idle keeps it`() async throws {
        try await TestDatabase.with { database in
            let (observer, idle) = (try await database.connect(), try await database.connect())
            try await idle.execute(script: "LISTEN postgres_tests")
            try await observer.execute(script: "NOTIFY postgres_tests")
            let rows = try await idle.run { try $0.query(TestStatement.one) }
            #expect(try rows[0].decode(0) == 1)
        }
    }

    @Test func `A refused connection names no secret`() async throws {
        let configuration = PostgresConfiguration(host: "127.0.0.1", port: 1, user: "me", password: "hunter2", database: "d")
        let error = try await postgresError {
            _ = try await PostgresConnection.connect(configuration, logger: TestDatabase.logger)
        }
        #expect(error.code == .connectionFailed)
        #expect(!"\(error)".contains("hunter2"))
    }

    @Test func `A closed connection stays closed`() async throws {
        try await TestDatabase.with { database in
            let connection = try await database.connect()
            await connection.close()
            await connection.close()
            #expect(try await postgresError { try await connection.query(TestStatement.one) }.code == .closed)
        }
    }
}
