/// What one `XAUTOCLAIM` took over.
package struct ClaimedEntries: Sendable, Equatable {
    /// Where the next call continues; `.zero` when all pending entries were looked at.
    package let next: EntryID
    package let entries: [StreamEntry]
    /// Entries that were pending but no longer exist; the server has removed them from the pending list.
    package let deleted: [EntryID]
}

/// The pending entries of a consumer group, in numbers.
package struct PendingSummary: Sendable, Equatable {
    package let count: Int
    package let first: EntryID?
    package let last: EntryID?
    package let countByConsumer: [String: Int]
}

/// An entry that was delivered and not acknowledged.
package struct PendingEntry: Sendable, Equatable {
    package let id: EntryID
    package let consumer: String
    /// Time since the last delivery.
    package let idleTime: Duration
    /// How often it was delivered or claimed, from 1.
    package let deliveryCount: Int
}

extension RedisClient {
    /// Takes over entries that have been pending for `minIdleTime`, which counts as one more delivery.
    package func xautoclaim(
        _ key: String,
        group: String,
        consumer: String,
        minIdleTime: Duration,
        start: EntryID = .zero,
        count: Int
    ) async throws(RedisError) -> ClaimedEntries {
        let reply = try await send(
            RedisCommand(
                "XAUTOCLAIM",
                [
                    .text(key), .text(group), .text(consumer), .integer(minIdleTime.wholeMilliseconds), start.argument,
                    "COUNT", .integer(Int64(count)),
                ]
            )
        ).requireArray(count: 2)
        return ClaimedEntries(
            next: try reply[0].requireEntryID(),
            entries: try reply[1].requireEntries(),
            deleted: reply.count > 2 ? try reply[2].requireEntryIDs() : []
        )
    }

    /// Counts the pending entries of a group.
    package func xpending(_ key: String, group: String) async throws(RedisError) -> PendingSummary {
        let reply = try await send(RedisCommand("XPENDING", [.text(key), .text(group)])).requireArray(count: 4)
        var counts: [String: Int] = [:]
        for consumer in reply[3].array ?? [] {
            let parts = try consumer.requireArray(count: 2)
            counts[try parts[0].requireString()] = try parts[1].requireInteger()
        }
        return PendingSummary(
            count: try reply[0].requireInteger(),
            first: reply[1] == .null ? nil : try reply[1].requireEntryID(),
            last: reply[2] == .null ? nil : try reply[2].requireEntryID(),
            countByConsumer: counts
        )
    }

    /// Lists pending entries in the order of their identifiers.
    /// - Parameter start: the lowest identifier, itself included.
    package func xpending(
        _ key: String,
        group: String,
        start: EntryID = .zero,
        count: Int,
        consumer: String? = nil,
        minIdleTime: Duration = .zero
    ) async throws(RedisError) -> [PendingEntry] {
        var arguments: [RedisArgument] = [.text(key), .text(group)]
        arguments += ["IDLE", .integer(minIdleTime.wholeMilliseconds), start.argument, "+", .integer(Int64(count))]
        if let consumer { arguments.append(.text(consumer)) }
        var entries: [PendingEntry] = []
        for value in try await send(RedisCommand("XPENDING", arguments)).requireArray() {
            let parts = try value.requireArray(count: 4)
            entries.append(
                PendingEntry(
                    id: try parts[0].requireEntryID(),
                    consumer: try parts[1].requireString(),
                    idleTime: .milliseconds(try parts[2].requireInteger()),
                    deliveryCount: try parts[3].requireInteger()
                )
            )
        }
        return entries
    }
}
