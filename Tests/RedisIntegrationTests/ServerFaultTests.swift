import LocalServers
import Redis
import Testing

/// Each test has a server of its own, because the fault would meet every client of it.
@Suite(.timeLimit(.minutes(5))) struct ServerFaultTests {
    @Test func `a command that is not answered times out, and the next connection works`() async throws {
        try await PrivateServer.with { server in
            var configuration = server.configuration
            configuration.commandTimeout = .seconds(4)
            try await withClient(configuration) { client in
                // Writes are held back, everything else goes on.
                _ = try await client.send(RedisCommand("CLIENT", ["PAUSE", "600000", "WRITE"]))
                let set = RedisCommand("SET", ["key", "value"])
                let error = try await redisError { () async throws(RedisError) in try await client.send(set) }
                #expect(error.code == .timeout)
                try await client.waitUntilConnected(timeout: .seconds(60))
                _ = try await client.send(RedisCommand("CLIENT", ["UNPAUSE"]))
                #expect(try await client.send(set) == .status("OK"))
            }
        }
    }

    @Test func `a client follows its server through a restart`() async throws {
        try await PrivateServer.with { server in
            try await withClient(server.configuration) { client in
                await server.program.stop()
                while client.isConnected { await Task.yield() }
                let error = try await redisError { () async throws(RedisError) in try await client.send(RedisCommand("PING")) }
                #expect(error.code == .notConnected)
                try await server.program.start()
                try await client.waitUntilConnected(timeout: .seconds(60))
                #expect(try await client.send(RedisCommand("PING")) == .status("PONG"))
            }
        }
    }

    @Test func `a reply beyond the limit closes the connection and the client recovers`() async throws {
        try await PrivateServer.with { server in
            var configuration = server.configuration
            configuration.maxReplyBytes = 1_000
            try await withClient(configuration) { client in
                _ = try await client.send(RedisCommand("SET", ["key", .bytes([UInt8](repeating: 65, count: 1_001))]))
                let error = try await redisError { () async throws(RedisError) in
                    try await client.send(RedisCommand("GET", ["key"]))
                }
                #expect(error.code == .protocolViolation)
                try await client.waitUntilConnected(timeout: .seconds(60))
                #expect(try await client.send(RedisCommand("STRLEN", ["key"])) == .integer(1_001))
            }
        }
    }

    @Test func `a master that became a replica is left for whoever is master now`() async throws {
        try await PrivateServer.with { server in
            try await withClient(server.configuration) { admin in
                try await withClient(server.configuration) { client in
                    func connection() async throws -> Int64? {
                        try await client.send(RedisCommand("CLIENT", ["ID"])).integer
                    }
                    let first = try await connection()
                    // Of a master that nobody can reach: its data stay, and writes are refused.
                    _ = try await admin.send(RedisCommand("REPLICAOF", ["127.0.0.1", "1"]))
                    let error = try await redisError { () async throws(RedisError) in
                        try await client.send(RedisCommand("SET", ["key", "value"]))
                    }
                    #expect(error.serverCode == "READONLY" && error.classification == .transient)
                    while (try? await connection()) == first { await Task.yield() }
                    _ = try await admin.send(RedisCommand("REPLICAOF", ["NO", "ONE"]))
                    try await client.waitUntilConnected(timeout: .seconds(60))
                    #expect(try await client.send(RedisCommand("SET", ["key", "value"])) == .status("OK"))
                    #expect(try await connection() != first)
                }
            }
        }
    }
}
