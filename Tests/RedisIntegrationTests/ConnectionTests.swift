import Redis
import ServiceLifecycle
import Testing

@Suite(.timeLimit(.minutes(5))) struct ConnectionTests {
    let key = uniqueKey("connection")

    /// A read that stays blocked until something ends it.
    func blockedRead(_ client: RedisClient) async throws(RedisError) {
        _ = try await client.xreadgroup(group: "g", consumer: "c", keys: [key], count: 1, block: .seconds(600))
    }

    @Test func `a client that does not run fails at once`() async throws {
        let client = try makeClient(testConfiguration())
        #expect(!client.isConnected)
        let error = try await redisError { () async throws(RedisError) in try await client.send(RedisCommand("PING")) }
        #expect(error.code == .notConnected)
        let timeout = try await redisError { () async throws(RedisError) in
            try await client.waitUntilConnected(timeout: .milliseconds(1))
        }
        #expect(timeout.code == .timeout)
    }

    @Test func `a killed connection fails its commands and comes back`() async throws {
        let name = "victim-\(key.suffix(12))"
        try await withClient(testConfiguration()) { client in
            try await client.xgroupCreate(key, group: "g")
            try await withClient(testConfiguration(clientName: name)) { victim in
                let id = try await victim.send(RedisCommand("CLIENT", ["ID"])).integer ?? 0
                async let read: RedisError = redisError { () async throws(RedisError) in try await blockedRead(victim) }
                try await waitUntilBlocked(name, seenBy: client)
                #expect(try await client.send(RedisCommand("CLIENT", ["KILL", "ID", .integer(id)])) == .integer(1))
                #expect(try await read.code == .connectionLost)
                try await victim.waitUntilConnected(timeout: .seconds(60))
                #expect(try await victim.send(RedisCommand("CLIENT", ["GETNAME"])).string == name)
                #expect(try await victim.send(RedisCommand("CLIENT", ["ID"])).integer != id)
            }
        }
    }

    @Test func `a cancelled blocked read returns and the server drops it`() async throws {
        let name = "cancelled-\(key.suffix(12))"
        try await withClient(testConfiguration()) { client in
            try await client.xgroupCreate(key, group: "g")
            try await withClient(testConfiguration(clientName: name)) { reader in
                try await withThrowingTaskGroup(of: RedisError.self) { group in
                    group.addTask { try await redisError { () async throws(RedisError) in try await blockedRead(reader) } }
                    try await waitUntilBlocked(name, seenBy: client)
                    group.cancelAll()
                    #expect(try await group.next()?.code == .cancelled)
                }
                try await reader.waitUntilConnected(timeout: .seconds(60))
                let id = try await client.xadd(key, fields: [StreamEntry.Field("a", "b")])
                let entries = try await reader.xreadgroup(group: "g", consumer: "c", keys: [key], count: 9, block: .seconds(10))
                #expect(entries[key]?.map(\.id) == [id])
            }
        }
    }

    @Test func `a cancelled command leaves the replies of others in place`() async throws {
        try await withClient(testConfiguration()) { client in
            for _ in 0..<50 {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try? await client.send(RedisCommand("ECHO", ["abandoned"])) }
                    group.cancelAll()
                }
                let reply = try await client.send(RedisCommand("ECHO", ["mine"]))
                #expect(reply.string == "mine")
            }
        }
    }

    @Test func `a command beyond the bound is refused while others wait`() async throws {
        let name = "full-\(key.suffix(12))"
        var configuration = try testConfiguration(clientName: name)
        // Room for the three commands that introduce the connection, and no more.
        configuration.maxPendingCommands = 3
        try await withClient(testConfiguration()) { client in
            try await client.xgroupCreate(key, group: "g")
        }
        try await withClient(configuration) { full in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await redisError { () async throws(RedisError) in try await blockedRead(full) } }
                try await withClient(testConfiguration()) { try await waitUntilBlocked(name, seenBy: $0) }
                let pings = Array(repeating: RedisCommand("PING"), count: 3)
                let error = try await redisError { () async throws(RedisError) in try await full.send(pipeline: pings) }
                #expect(error.code == .overloaded)
                group.cancelAll()
            }
        }
    }

    @Test func `graceful shutdown ends the client, also with a blocked read`() async throws {
        let name = "stopping-\(key.suffix(12))"
        let client = try makeClient(testConfiguration(clientName: name))
        let services = ServiceGroup(services: [client], logger: noLog)
        try await withClient(testConfiguration()) { observer in
            try await observer.xgroupCreate(key, group: "g")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await services.run() }
                try await client.waitUntilConnected(timeout: .seconds(60))
                async let read: RedisError = redisError { () async throws(RedisError) in try await blockedRead(client) }
                try await waitUntilBlocked(name, seenBy: observer)
                await services.triggerGracefulShutdown()
                #expect(try await read.code == .closed)
                try await group.waitForAll()
            }
            let error = try await redisError { () async throws(RedisError) in try await client.send(RedisCommand("PING")) }
            #expect(error.code == .closed)
        }
    }
}
