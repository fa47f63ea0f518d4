import Postgres
import Testing

@Suite(.timeLimit(.minutes(5))) struct PipelineTests {
    @Test func `All steps travel in one flight and each has its rows`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            let results = try await connection.pipeline([
                (TestStatement.insert, [.int8(1)]), (TestStatement.insert, [.int8(2)]), (TestStatement.count, []),
            ])
            #expect(results.map(\.affected) == [1, 1, 1])
            #expect(try results[2][0].decode(0) == 2)
            #expect(await connection.flights == 1)
        }
    }

    @Test func `The first failure wins, carries its index and undoes the steps before it`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            let connection = try await database.connect()
            let error = try await postgresError {
                try await connection.pipeline([
                    (TestStatement.insert, [.int8(1)]), (TestStatement.insert, [.int8(1)]),
                    (Statement("test_syntax", "SELEC"), []),
                ])
            }
            #expect(error.stepIndex == 1)
            #expect(error.constraint == "items_pkey")
            #expect(try await connection.query(TestStatement.count)[0].decode(0) == 0)
        }
    }

    @Test func `A statement that fails to prepare carries its index`() async throws {
        try await TestDatabase.with { database in
            let connection = try await database.connect()
            let error = try await postgresError {
                try await connection.pipeline([(TestStatement.one, []), (Statement("test_syntax", "SELEC"), [])])
            }
            #expect(error.stepIndex == 1)
            #expect(error.sqlState == "42601")
        }
    }

    @Test func `A failure at the implicit commit belongs to no step`() async throws {
        let script = "CREATE TABLE items (id bigint CONSTRAINT items_pkey PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);"
        try await TestDatabase.with(script) { database in
            let connection = try await database.connect()
            let error = try await postgresError {
                try await connection.pipeline([(TestStatement.insert, [.int8(1)]), (TestStatement.insert, [.int8(1)])])
            }
            #expect(error.constraint == "items_pkey")
            #expect(error.stepIndex == nil)
            #expect(try await connection.query(TestStatement.count)[0].decode(0) == 0)
        }
    }

    @Test func `No steps, no flight`() async throws {
        try await TestDatabase.with { database in
            let connection = try await database.connect()
            #expect(try await connection.pipeline([]).isEmpty)
            #expect(await connection.flights == 0)
        }
    }
}
