import Logging
import Postgres
import ServiceLifecycle
import Testing

@Suite(.timeLimit(.minutes(5))) struct PostgresPoolTests {
    @Test func `A terminated connection is replaced without an error`() async throws {
        try await TestDatabase.with { database in
            let observer = try await database.connect()
            try await database.withPool { pool in
                let first = try await pool.withConnection { $0.processID }
                try await observer.query(TestStatement.terminate, [.int4(first)])
                let second = try await pool.withConnection { connection in
                    try connection.query(TestStatement.processID)[0].decode(0, as: Int32.self)
                }
                #expect(second != first)
                #expect(pool.isReady)
            }
        }
    }

    @Test func `A connection that breaks during a unit of work fails it and is replaced`() async throws {
        try await TestDatabase.with { database in
            let observer = try await database.connect()
            try await database.withPool { pool in
                let key: Int64 = 4_301
                try await observer.query(TestStatement.lock, [.int8(key)])
                let processID = try await pool.withConnection { $0.processID }
                async let outcome = postgresError {
                    try await pool.withConnection { _ = try $0.query(TestStatement.lock, [.int8(key)]) }
                }
                try await database.waitForWaiters(onKey: key, observer: observer)
                try await observer.query(TestStatement.terminate, [.int4(processID)])
                #expect(try await outcome.code == .connectionLost)
                #expect(try await pool.withConnection { $0.processID } != processID)
            }
        }
    }

    @Test func `A wait for a connection is bounded in time`() async throws {
        let key: Int64 = 4_302
        try await TestDatabase.with { database in
            let holder = try await database.connect()
            try await holder.query(TestStatement.lock, [.int8(key)])
            try await database.withPool(waitTimeout: .seconds(3)) { pool in
                async let busy: Void = pool.withConnection { _ = try $0.query(TestStatement.lock, [.int8(key)]) }
                try await database.waitForWaiters(onKey: key, observer: holder)
                #expect(try await postgresError { try await pool.withConnection { _ in } }.code == .poolTimeout)
                try await holder.query(TestStatement.unlock, [.int8(key)])
                try await busy
            }
        }
    }

    @Test func `The number of waiters is bounded`() async throws {
        let key: Int64 = 4_306
        try await TestDatabase.with { database in
            let holder = try await database.connect()
            try await holder.query(TestStatement.lock, [.int8(key)])
            try await database.withPool(maxWaiters: 1) { pool in
                async let busy: Void = pool.withConnection { _ = try $0.query(TestStatement.lock, [.int8(key)]) }
                try await database.waitForWaiters(onKey: key, observer: holder)
                async let waiter: Void = pool.withConnection { _ in }
                while pool.availability.waiters == 0 { await Task.yield() }
                #expect(try await postgresError { try await pool.withConnection { _ in } }.code == .poolTimeout)
                try await holder.query(TestStatement.unlock, [.int8(key)])
                try await busy
                try await waiter
            }
        }
    }

    @Test func `Waiters are served in the order they came`() async throws {
        let key: Int64 = 4_303
        let script = "CREATE TABLE served (n bigint GENERATED ALWAYS AS IDENTITY, waiter bigint);"
        let serve = Statement("test_serve", "INSERT INTO served (waiter) VALUES ($1)")
        let order = Statement("test_order", "SELECT waiter FROM served ORDER BY n")
        try await TestDatabase.with(script) { database in
            let holder = try await database.connect()
            try await holder.query(TestStatement.lock, [.int8(key)])
            try await database.withPool { pool in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await pool.withConnection { _ = try $0.query(TestStatement.lock, [.int8(key)]) } }
                    try await database.waitForWaiters(onKey: key, observer: holder)
                    for waiter in 1...5 {
                        group.addTask { try await pool.withConnection { _ = try $0.query(serve, [.int8(Int64(waiter))]) } }
                        while pool.availability.waiters < waiter { await Task.yield() }
                    }
                    try await holder.query(TestStatement.unlock, [.int8(key)])
                    try await group.waitForAll()
                }
                let served = try await pool.withConnection { connection in
                    try connection.query(order).map { try $0.decode(0, as: Int64.self) }
                }
                #expect(served == [1, 2, 3, 4, 5])
            }
        }
    }

    @Test func `A cancelled waiter leaves at once`() async throws {
        let key: Int64 = 4_304
        try await TestDatabase.with { database in
            let holder = try await database.connect()
            try await holder.query(TestStatement.lock, [.int8(key)])
            try await database.withPool { pool in
                async let busy: Void = pool.withConnection { _ = try $0.query(TestStatement.lock, [.int8(key)]) }
                try await database.waitForWaiters(onKey: key, observer: holder)
                let waiter = Task { try await pool.withConnection { _ in } }
                while pool.availability.waiters == 0 { await Task.yield() }
                waiter.cancel()
                #expect(try await postgresError { try await waiter.value }.code == .cancelled)
                try await holder.query(TestStatement.unlock, [.int8(key)])
                try await busy
            }
        }
    }

    @Test func `A transaction of the pool commits`() async throws {
        try await TestDatabase.with(TestStatement.items) { database in
            try await database.withPool(size: 2) { pool in
                let inserted = try await pool.transaction { try $0.query(TestStatement.insert, [.int8(1)]).affected }
                #expect(inserted == 1)
                #expect(try await pool.withConnection { try $0.query(TestStatement.count)[0].decode(0, as: Int.self) } == 1)
            }
        }
    }

    @Test func `Without a server the wait ends and the error says why`() async throws {
        var unreachable = TestDatabase(
            configuration: PostgresConfiguration(host: "127.0.0.1", port: 1, user: "me", database: "d")
        )
        unreachable.configuration.connectTimeout = .seconds(1)
        try await unreachable.withPool(waitTimeout: .seconds(3)) { pool in
            let error = try await postgresError { try await pool.withConnection { _ in } }
            #expect(error.code == .poolTimeout)
            #expect(error.message.contains("refused"))
            #expect(!pool.isReady)
            #expect { try pool.checkReachable() } throws: { "\($0)".contains("refused") }
        }
    }

    @Test func `Graceful shutdown lets a lease end and refuses new ones`() async throws {
        let key: Int64 = 4_305
        try await TestDatabase.with { database in
            let holder = try await database.connect()
            try await holder.query(TestStatement.lock, [.int8(key)])
            let pool = PostgresPool(
                configuration: database.configuration,
                size: 2,
                maxWaiters: 1,
                waitTimeout: .seconds(60),
                logger: TestDatabase.logger
            )
            let group = ServiceGroup(configuration: .init(services: [pool], logger: TestDatabase.logger))
            async let running: Void = group.run()
            async let lease: Void = pool.withConnection { _ = try $0.query(TestStatement.lock, [.int8(key)]) }
            try await database.waitForWaiters(onKey: key, observer: holder)
            await group.triggerGracefulShutdown()
            while pool.isReady { await Task.yield() }
            #expect(try await postgresError { try await pool.withConnection { _ in } }.code == .closed)
            try await holder.query(TestStatement.unlock, [.int8(key)])
            try await lease
            try await running
        }
    }
}
