import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct StatementTests {
    @Test func `A statement is prepared once per connection`() async throws {
        let uses = Statement(
            "test_uses",
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE name = 'test_one'"
        )
        try await TestDatabase.with { database in
            let connection = try await database.connect()
            for _ in 1...7 { try await connection.query(TestStatement.one) }
            try await connection.pipeline([(TestStatement.one, []), (TestStatement.one, [])])
            let rows = try await connection.query(uses)
            #expect(try rows.map { try $0.decode(0, as: Int.self) } == [9])
            #expect(await connection.flights == 9)
        }
    }

    @Test func `A statement that fails to parse is not taken for prepared`() async throws {
        try await TestDatabase.with { database in
            let connection = try await database.connect()
            let error = try await postgresError { try await connection.query(TestStatement.count) }
            #expect(error.sqlState == "42P01")
            #expect(error.classification == .fatal)
            try await connection.execute(script: TestStatement.items)
            #expect(try await connection.query(TestStatement.count)[0].decode(0) == 0)
        }
    }

    @Test func `A changed table is noticed and the statement prepared again`() async throws {
        let statement = Statement("test_star", "SELECT * FROM items")
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            try await connection.query(statement)
            try await connection.execute(script: "ALTER TABLE items ADD COLUMN note text; INSERT INTO items VALUES (1, 'n')")
            #expect(try await connection.query(statement)[0].decode(1) == "n")
        }
    }

    @Test func `A changed table inside a transaction fails once, and the next transaction succeeds`() async throws {
        let statement = Statement("test_star", "SELECT * FROM items")
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            try await connection.query(statement)
            try await connection.execute(script: "ALTER TABLE items ADD COLUMN note text")
            let error = try await postgresError {
                try await connection.run { try $0.transaction { _ = try $0.query(statement) } }
            }
            #expect(error.code == .staleStatement)
            #expect(error.classification == .transient)
            try await connection.run { try $0.transaction { _ = try $0.query(statement) } }
        }
    }

    @Test func `A statement the server forgot is prepared again`() async throws {
        try await TestDatabase.with { database in
            let connection = try await database.connect()
            try await connection.query(TestStatement.one)
            try await connection.execute(script: "DEALLOCATE ALL")
            #expect(try await connection.query(TestStatement.one)[0].decode(0) == 1)
        }
    }

    @Test func `A statement bound to other types is refused before it is sent`() async throws {
        try await TestDatabase.with { database in
            let connection = try await database.connect()
            let statement = Statement("test_echo", "SELECT $1")
            try await connection.query(statement, [.int8(1)])
            let error = try await postgresError { try await connection.query(statement, [.text("1")]) }
            #expect(error.statement == "test_echo")
            #expect(try await connection.query(statement, [.int8(2)])[0].decode(0) == 2)
        }
    }

    @Test func `The server's report is mapped with constraint, table and detail`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            try await connection.query(TestStatement.insert, [.int8(1)])
            let error = try await postgresError { try await connection.query(TestStatement.insert, [.int8(1)]) }
            #expect(error.code == .server)
            #expect(error.sqlState == "23505")
            #expect(error.constraint == "items_pkey")
            #expect(error.table == "items")
            #expect(error.detail == "Key (id)=(1) already exists.")
            #expect(error.statement == "test_insert")
            #expect(!error.commitOutcomeUnknown)
            #expect(error.classification == .permanent)
        }
    }

    @Test func `A script runs several statements as one transaction`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            let script = "INSERT INTO items VALUES (1); INSERT INTO items VALUES (1);"
            #expect(try await postgresError { try await connection.execute(script: script) }.constraint == "items_pkey")
            #expect(try await connection.query(TestStatement.count)[0].decode(0) == 0)
        }
    }

    @Test func `COPY is refused and ends the connection`() async throws {
        try await TestDatabase.with { database in
            let connection = try await database.connect()
            let error = try await postgresError {
                try await connection.query(Statement("test_copy", "COPY (SELECT 1) TO STDOUT"))
            }
            #expect(error.code == .protocolViolation)
            #expect(try await postgresError { try await connection.query(TestStatement.one) }.code == .closed)
            let other = try await database.connect()
            #expect(
                try await postgresError { try await other.execute(script: "COPY (SELECT 1) TO STDOUT") }.code
                    == .protocolViolation
            )
        }
    }
}
