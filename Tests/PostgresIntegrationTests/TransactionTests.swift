import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct TransactionTests {
    struct Refusal: Error {}

    @Test func `A body that returns commits, with BEGIN and COMMIT in the flights that are needed anyway`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            try await connection.run { connection in
                try connection.transaction { transaction in
                    try transaction.query(TestStatement.insert, [.int8(1)])
                    try transaction.pipeline([(TestStatement.insert, [.int8(2)]), (TestStatement.insert, [.int8(3)])])
                    try transaction.commit(with: [(TestStatement.insert, [.int8(4)])])
                }
            }
            #expect(await connection.flights == 3)
            #expect(try await connection.query(TestStatement.count)[0].decode(0) == 4)
        }
    }

    @Test func `A body that does not commit itself costs one more flight`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            try await connection.run { try $0.transaction { _ = try $0.query(TestStatement.insert, [.int8(1)]) } }
            #expect(await connection.flights == 2)
            let other = try await database.connect()
            #expect(try await other.query(TestStatement.count)[0].decode(0) == 1)
        }
    }

    @Test func `A transaction of one flight is one flight`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            try await connection.run { connection in
                try connection.transaction { _ = try $0.commit(with: [(TestStatement.insert, [.int8(1)])]) }
            }
            #expect(await connection.flights == 1)
        }
    }

    @Test func `A transaction that sends nothing costs nothing`() async throws {
        try await TestDatabase.with { database in
            let connection = try await database.connect()
            try await connection.run { try $0.transaction { _ in } }
            #expect(await connection.flights == 0)
        }
    }

    @Test func `A deferred commit does not wait for the disk, and a flush waits for all that is committed`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            let deferred = try await connection.query(TestStatement.insertSaying, [.int8(1)], durability: .deferred)
            #expect(try deferred[0].decode(0, as: String.self) == "off")
            let flushed = try await connection.query(TestStatement.insertSaying, [.int8(2)])
            #expect(try flushed[0].decode(0, as: String.self) == "on")
            let committed = try await connection.run { connection in
                try connection.transaction(durability: .deferred) { transaction in
                    try transaction.query(TestStatement.insert, [.int8(4)])
                    return try transaction.commit(with: [(TestStatement.insertSaying, [.int8(5)])])[0]
                }
            }
            #expect(try committed[0].decode(0, as: String.self) == "off")

            try await connection.query(TestStatement.insert, [.int8(3)], durability: .deferred)
            let end = try await connection.query(TestStatement.logEnd)[0].decode(0, as: String.self)
            try await connection.flush()
            #expect(try await connection.query(TestStatement.isOnDisk, [.text(end)])[0].decode(0, as: Bool.self))
        }
    }

    @Test func `A body that throws rolls back`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            await #expect(throws: Refusal.self) {
                try await connection.run { connection in
                    try connection.transaction { transaction in
                        try transaction.query(TestStatement.insert, [.int8(1)])
                        throw Refusal()
                    }
                }
            }
            #expect(try await connection.query(TestStatement.count)[0].decode(0) == 0)
        }
    }

    @Test func `A failed last flight does not commit and carries the step's index`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            let error = try await postgresError {
                try await connection.run { connection in
                    try connection.transaction { transaction in
                        _ = try transaction.commit(with: [
                            (TestStatement.insert, [.int8(1)]), (TestStatement.insert, [.int8(1)]),
                        ])
                    }
                }
            }
            #expect(error.stepIndex == 1)
            #expect(!error.commitOutcomeUnknown)
            #expect(try await connection.query(TestStatement.count)[0].decode(0) == 0)
        }
    }

    @Test func `A body that hides a failure cannot commit`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            let error = try await postgresError {
                try await connection.run { connection in
                    try connection.transaction { transaction in
                        try transaction.query(TestStatement.insert, [.int8(1)])
                        do throws(PostgresError) {
                            try transaction.query(TestStatement.insert, [.int8(1)])
                        } catch {
                            #expect(error.constraint == "items_pkey")
                        }
                    }
                }
            }
            #expect(error.code == .closed)
            #expect(try await connection.query(TestStatement.count)[0].decode(0) == 0)
        }
    }

    @Test func `Nothing can be sent after the commit`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            let error = try await postgresError {
                try await connection.run { connection in
                    try connection.transaction { transaction in
                        try transaction.commit(with: [(TestStatement.insert, [.int8(1)])])
                        try transaction.query(TestStatement.one)
                    }
                }
            }
            #expect(error.code == .closed)
            #expect(try await connection.query(TestStatement.count)[0].decode(0) == 1)
        }
    }

    @Test func `A unit of work that leaves a transaction open is rolled back`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            try await connection.run { connection in
                try connection.execute(script: "BEGIN")
                try connection.query(TestStatement.insert, [.int8(1)])
            }
            #expect(try await connection.query(TestStatement.count)[0].decode(0) == 0)
        }
    }
}
