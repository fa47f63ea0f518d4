import Redis
import Testing

@Suite(.timeLimit(.minutes(5))) struct StreamTests {
    let key = uniqueKey("stream")

    func field(_ number: Int) -> [StreamEntry.Field] {
        [StreamEntry.Field("number", "\(number)"), StreamEntry.Field("raw", [0, 13, 10, 255])]
    }

    /// A client, a stream with a group and that many entries; the stream is deleted afterwards.
    func withStream(entries: Int = 0, _ body: @Sendable (RedisClient, [EntryID]) async throws -> Void) async throws {
        try await withClient(testConfiguration()) { [key] client in
            try await client.xgroupCreate(key, group: "g")
            var ids: [EntryID] = []
            for number in 0..<entries { ids.append(try await client.xadd(key, fields: field(number))) }
            try await body(client, ids)
            _ = try await client.send(RedisCommand("DEL", [.text(key)]))
        }
    }

    func read(_ client: RedisClient, _ consumer: String = "c", count: Int = 100) async throws -> [StreamEntry] {
        try await client.xreadgroup(group: "g", consumer: consumer, keys: [key], count: count)[key] ?? []
    }

    @Test func `entries are read once, in order, with their bytes`() async throws {
        try await withStream(entries: 3) { client, ids in
            let entries = try await read(client, count: 2) + read(client)
            #expect(entries == zip(ids, 0...).map { StreamEntry(id: $0, fields: field($1)) })
            #expect(entries.first?["raw"] == [0, 13, 10, 255])
            #expect(ids == ids.sorted())
            #expect(try await read(client).isEmpty)
        }
    }

    @Test func `creating a group twice is a success and without its stream an error`() async throws {
        try await withStream { client, _ in
            try await client.xgroupCreate(key, group: "g", from: .end)
            let error = try await redisError { () async throws(RedisError) in
                try await client.xgroupCreate(key + ":none", group: "g", makeStream: false)
            }
            #expect(error.code == .server)
        }
    }

    @Test func `a group starts where it was told`() async throws {
        try await withStream(entries: 2) { client, ids in
            try await client.xgroupCreate(key, group: "end", from: .end)
            try await client.xgroupCreate(key, group: "after", from: .after(ids[0]))
            #expect(try await client.xreadgroup(group: "end", consumer: "c", keys: [key], count: 9).isEmpty)
            #expect(try await client.xreadgroup(group: "after", consumer: "c", keys: [key], count: 9)[key]?.map(\.id) == [ids[1]])
        }
    }

    @Test func `reading for a missing group says NOGROUP`() async throws {
        try await withStream { client, _ in
            let error = try await redisError { () async throws(RedisError) in
                try await client.xreadgroup(group: "none", consumer: "c", keys: [key], count: 1)
            }
            #expect(error.serverCode == "NOGROUP")
        }
    }

    @Test func `a consumer can read again what it has not acknowledged`() async throws {
        try await withStream(entries: 3) { client, ids in
            _ = try await read(client)
            #expect(try await client.xack(key, group: "g", ids: [ids[0]]) == 1)
            try await client.xdel(key, ids: [ids[2]])
            let again = try await client.xreadgroup(
                group: "g",
                consumer: "c",
                keys: [key],
                count: 9,
                from: .pending(after: .zero)
            )
            #expect(again[key]?.map(\.id) == [ids[1], ids[2]])
            #expect(again[key]?.map(\.fields) == [field(1), []])
        }
    }

    @Test func `acknowledging and deleting leaves nothing`() async throws {
        try await withStream(entries: 3) { client, ids in
            _ = try await read(client)
            #expect(try await client.xackAndDelete(key, group: "g", ids: ids) == 3)
            #expect(try await client.xackAndDelete(key, group: "g", ids: ids) == 0)
            #expect(try await client.xackAndDelete(key, group: "g", ids: []) == 0)
            #expect(try await client.xlen(key) == 0)
            #expect(try await client.xpending(key, group: "g").count == 0)
        }
    }

    @Test func `pending entries are counted and listed with their deliveries`() async throws {
        try await withStream(entries: 3) { client, ids in
            _ = try await read(client, "a", count: 1)
            _ = try await read(client, "b")
            _ = try await client.xautoclaim(key, group: "g", consumer: "a", minIdleTime: .zero, start: ids[2], count: 1)
            let summary = try await client.xpending(key, group: "g")
            #expect(summary.count == 3)
            #expect(summary.first == ids[0])
            #expect(summary.last == ids[2])
            #expect(summary.countByConsumer == ["a": 2, "b": 1])
            let entries = try await client.xpending(key, group: "g", count: 10)
            #expect(entries.map(\.id) == ids)
            #expect(entries.map(\.consumer) == ["a", "b", "a"])
            #expect(entries.map(\.deliveryCount) == [1, 1, 2])
            #expect(try await client.xpending(key, group: "g", start: ids[1], count: 1).map(\.id) == [ids[1]])
            #expect(try await client.xpending(key, group: "g", count: 10, consumer: "b").map(\.id) == [ids[1]])
            #expect(try await client.xpending(key, group: "g", count: 10, minIdleTime: .seconds(3600)).isEmpty)
        }
    }

    @Test func `idle entries are claimed page by page and deleted ones reported`() async throws {
        try await withStream(entries: 3) { client, ids in
            _ = try await read(client, "dead")
            try await client.xdel(key, ids: [ids[1]])
            let none = try await client.xautoclaim(key, group: "g", consumer: "c", minIdleTime: .seconds(3600), count: 10)
            #expect(none.entries.isEmpty)
            // Reported by the first look, whatever their idle time.
            #expect(none.deleted == [ids[1]])
            let first = try await client.xautoclaim(key, group: "g", consumer: "c", minIdleTime: .zero, count: 1)
            #expect(first.entries == [StreamEntry(id: ids[0], fields: field(0))])
            #expect(first.next == ids[2])
            let rest = try await client.xautoclaim(
                key,
                group: "g",
                consumer: "c",
                minIdleTime: .zero,
                start: first.next,
                count: 10
            )
            #expect(rest.entries.map(\.id) == [ids[2]])
            #expect(rest.next == .zero)
        }
    }

    @Test func `adding with a maximum length keeps about that many`() async throws {
        try await withStream { client, _ in
            let commands = (0..<1_000).map { RedisCommand.xadd(key, fields: field($0), maxLength: 100) }
            _ = try await client.send(pipeline: commands)
            #expect(try await (100...300).contains(client.xlen(key)))
        }
    }

    @Test func `a blocked read returns with the first entry, and empty when none comes`() async throws {
        let name = "reader-\(key.suffix(12))"
        try await withStream { client, _ in
            try await withClient(testConfiguration(clientName: name)) { reader in
                async let entries = reader.xreadgroup(group: "g", consumer: "c", keys: [key], count: 9, block: .seconds(30))
                try await waitUntilBlocked(name, seenBy: client)
                let id = try await client.xadd(key, fields: field(1))
                #expect(try await entries[key]?.map(\.id) == [id])
                let none = try await reader.xreadgroup(group: "g", consumer: "c", keys: [key], count: 9, block: .milliseconds(1))
                #expect(none.isEmpty)
            }
        }
    }
}
