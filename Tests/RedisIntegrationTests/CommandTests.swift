import Redis
import Testing

@Suite(.timeLimit(.minutes(5))) struct CommandTests {
    @Test func `ten thousand pipelined commands are answered in order`() async throws {
        try await withClient(testConfiguration()) { client in
            let values = try await client.send(pipeline: (0..<10_000).map { RedisCommand("ECHO", [.integer($0)]) })
            #expect(values.map(\.integer) == (0..<10_000).map { Int64($0) })
        }
    }

    @Test func `concurrent callers get their own replies`() async throws {
        try await withClient(testConfiguration()) { client in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<2_000 as Range<Int64> {
                    group.addTask { try await client.send(RedisCommand("ECHO", [.integer(number)])).integer == number }
                }
                for try await isOwn in group { #expect(isOwn) }
            }
        }
    }

    @Test func `every byte survives a round trip`() async throws {
        let key = uniqueKey()
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
        try await withClient(testConfiguration()) { client in
            #expect(try await client.send(RedisCommand("SET", [.text(key), .bytes(bytes)])) == .status("OK"))
            #expect(try await client.send(RedisCommand("GET", [.text(key)])) == .bytes(bytes))
            _ = try await client.send(RedisCommand("DEL", [.text(key)]))
            #expect(try await client.send(RedisCommand("GET", [.text(key)])) == .null)
        }
    }

    @Test func `a server error is thrown with its code and stays a value in a pipeline`() async throws {
        let key = uniqueKey()
        try await withClient(testConfiguration()) { client in
            let replies = try await client.send(pipeline: [
                RedisCommand("SET", [.text(key), "text"]), RedisCommand("XLEN", [.text(key)]), RedisCommand("DEL", [.text(key)]),
            ])
            #expect(replies[0] == .status("OK"))
            #expect(replies[1] == .error("WRONGTYPE Operation against a key holding the wrong kind of value"))
            #expect(replies[2] == .integer(1))
            let error = try await redisError { () async throws(RedisError) in
                try await client.xack(key, group: "none", ids: [.zero])
                return try await client.send(RedisCommand("NOSUCHCOMMAND"))
            }
            #expect(error.code == .server)
            #expect(error.serverCode == "ERR")
        }
    }

    @Test func `an empty pipeline has no replies`() async throws {
        try await withClient(testConfiguration()) { client in
            let replies = try await client.send(pipeline: [])
            #expect(replies.isEmpty)
        }
    }

    @Test func `a script runs, survives a flushed script cache and reports its errors`() async throws {
        let key = uniqueKey()
        let script = Script(name: "add", source: "return redis.call('INCRBY', KEYS[1], ARGV[1]) -- \(key)")
        try await withClient(testConfiguration()) { client in
            #expect(try await client.evaluate(script, keys: [key], arguments: [2]) == .integer(2))
            _ = try await client.send(RedisCommand("SCRIPT", ["FLUSH"]))
            #expect(try await client.evaluate(script, keys: [key], arguments: [3]) == .integer(5))
            #expect(try await client.evaluate(script, keys: [key], arguments: [1]) == .integer(6))
            let error = try await redisError { () async throws(RedisError) in
                try await client.evaluate(script, keys: [key], arguments: ["x"])
            }
            #expect(error.serverCode == "ERR")
            _ = try await client.send(RedisCommand("DEL", [.text(key)]))
        }
    }
}
