/// Where a new consumer group starts to read.
package enum GroupStart: Sendable, Equatable {
    case beginning
    case end
    case after(EntryID)

    var argument: RedisArgument {
        switch self {
        case .beginning: "0"
        case .end: "$"
        case .after(let id): id.argument
        }
    }
}

/// Which entries a consumer reads.
package enum GroupReadPosition: Sendable, Equatable {
    /// Entries not delivered to any consumer yet.
    case new
    /// Entries delivered to this consumer and not acknowledged; such a read never blocks.
    case pending(after: EntryID)

    var argument: RedisArgument {
        switch self {
        case .new: ">"
        case .pending(let id): id.argument
        }
    }
}

extension RedisCommand {
    /// `XACK`, for pipelines; `ids` must not be empty.
    package static func xack(_ key: String, group: String, ids: [EntryID]) -> RedisCommand {
        RedisCommand("XACK", [.text(key), .text(group)] + ids.map(\.argument))
    }
}

extension RedisClient {
    /// Creates a consumer group; one that exists already is a success and stays as it is.
    package func xgroupCreate(
        _ key: String,
        group: String,
        from start: GroupStart = .beginning,
        makeStream: Bool = true
    ) async throws(RedisError) {
        let option: [RedisArgument] = makeStream ? ["MKSTREAM"] : []
        do throws(RedisError) {
            _ = try await send(RedisCommand("XGROUP", ["CREATE", .text(key), .text(group), start.argument] + option))
        } catch  where error.serverCode == "BUSYGROUP" {
        }
    }

    /// Reads for a consumer; empty when there was nothing within `block`.
    ///
    /// A read that blocks holds up every command behind it: use a client of its own. Cancelling its task closes the
    /// connection, and what the server had already handed out stays pending for `xautoclaim`.
    /// - Parameters:
    ///   - count: the most entries per key.
    ///   - block: how long to wait for the first entry, at least a millisecond; `nil` does not wait.
    /// - Throws: `.server` with `NOGROUP` when a group is missing, for example after a flush.
    package func xreadgroup(
        group: String,
        consumer: String,
        keys: [String],
        count: Int,
        block: Duration? = nil,
        from position: GroupReadPosition = .new
    ) async throws(RedisError) -> [String: [StreamEntry]] {
        var arguments: [RedisArgument] = ["GROUP", .text(group), .text(consumer), "COUNT", .integer(Int64(count))]
        if let block {
            // `BLOCK 0` would wait for ever.
            arguments += ["BLOCK", .integer(max(1, block.wholeMilliseconds))]
        }
        arguments.append("STREAMS")
        arguments += keys.map { .text($0) }
        arguments += keys.map { _ in position.argument }
        let reply = try await send(RedisCommand("XREADGROUP", arguments, blockingFor: block))
        guard reply != .null else { return [:] }
        var entries: [String: [StreamEntry]] = [:]
        for stream in try reply.requireArray() {
            let parts = try stream.requireArray(count: 2)
            entries[try parts[0].requireString()] = try parts[1].requireEntries()
        }
        return entries
    }

    /// Acknowledges entries; returns how many were pending.
    @discardableResult
    package func xack(_ key: String, group: String, ids: [EntryID]) async throws(RedisError) -> Int {
        guard !ids.isEmpty else { return 0 }
        return try await send(.xack(key, group: group, ids: ids)).requireInteger()
    }

    /// Acknowledges and deletes entries in one round trip, not in one transaction; returns how many were pending.
    @discardableResult
    package func xackAndDelete(_ key: String, group: String, ids: [EntryID]) async throws(RedisError) -> Int {
        guard !ids.isEmpty else { return 0 }
        let replies = try await send(pipeline: [.xack(key, group: group, ids: ids), .xdel(key, ids: ids)])
        for reply in replies {
            if case .error(let message) = reply { throw RedisError(serverReply: message) }
        }
        return try replies[0].requireInteger()
    }
}

extension Duration {
    /// Milliseconds, rounded towards zero.
    var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
