extension RedisCommand {
    /// `XADD`, for pipelines; see ``RedisClient/xadd(_:fields:maxLength:)``.
    package static func xadd(_ key: String, fields: [StreamEntry.Field], maxLength: Int? = nil) -> RedisCommand {
        var arguments: [RedisArgument] = [.text(key)]
        arguments.reserveCapacity(5 + 2 * fields.count)
        if let maxLength {
            arguments += ["MAXLEN", "~", .integer(Int64(maxLength))]
        }
        arguments.append("*")
        for field in fields {
            arguments.append(.text(field.name))
            arguments.append(.bytes(field.value))
        }
        return RedisCommand("XADD", arguments)
    }

    /// `XDEL`, for pipelines; `ids` must not be empty.
    package static func xdel(_ key: String, ids: [EntryID]) -> RedisCommand {
        RedisCommand("XDEL", [.text(key)] + ids.map(\.argument))
    }
}

extension RedisClient {
    /// Appends an entry.
    /// - Parameter maxLength: about how many entries to keep; the oldest go, read or not.
    package func xadd(
        _ key: String,
        fields: [StreamEntry.Field],
        maxLength: Int? = nil
    ) async throws(RedisError) -> EntryID {
        try await send(.xadd(key, fields: fields, maxLength: maxLength)).requireEntryID()
    }

    /// Deletes entries; returns how many existed.
    @discardableResult
    package func xdel(_ key: String, ids: [EntryID]) async throws(RedisError) -> Int {
        guard !ids.isEmpty else { return 0 }
        return try await send(.xdel(key, ids: ids)).requireInteger()
    }

    /// The number of entries; 0 for a stream that does not exist.
    package func xlen(_ key: String) async throws(RedisError) -> Int {
        try await send(RedisCommand("XLEN", [.text(key)])).requireInteger()
    }
}
