package import Redis

/// One consumer of the doorbell streams.
///
/// An entry that was received stays pending for this consumer until `acknowledge`; when the consumer dies, another one
/// claims it after `minIdleTime`.
package struct DoorbellListener: Sendable {
    /// A doorbell and the entry that carried it.
    package struct Received: Sendable {
        package var doorbell: Doorbell
        package var isClaimed: Bool
        var key: String
        var entry: EntryID
    }

    /// Most entries taken in one read.
    package static let maxEntries = 16
    /// How long an entry stays with a silent consumer before another one takes it.
    package static let minIdleTime: Duration = .seconds(10)

    private let blocking: RedisClient
    private let commands: RedisClient
    private let group: String
    private let keys: [String]
    private let consumer: String

    /// - Parameters:
    ///   - blocking: a client of this listener's own: its reads block.
    ///   - commands: any client, for what does not block.
    ///   - consumer: a name that survives a restart, so that the consumer finds its own pending entries again.
    ///   - names: the streams to listen to.
    package init(
        blocking: RedisClient,
        commands: RedisClient,
        streams: DoorbellStreams,
        consumer: String,
        names: [DoorbellStreams.Name] = DoorbellStreams.Name.events
    ) {
        self.blocking = blocking
        self.commands = commands
        self.group = streams.group
        self.keys = names.map(streams.key)
        self.consumer = consumer
    }

    /// Waits a moment for the first connections, as `RedisClient.waitForStart`.
    package func waitForStart() async {
        for client in [blocking, commands] { await client.waitForStart() }
    }

    /// The next doorbells, or none after `timeout`. A missing group is made anew, from the start of the stream.
    package func receive(timeout: Duration) async throws -> [Received] {
        try await withGroups {
            let entries = try await blocking.xreadgroup(
                group: group,
                consumer: consumer,
                keys: keys,
                count: Self.maxEntries,
                block: timeout
            )
            return entries.flatMap { key, entries in received(entries, key: key, isClaimed: false) }
        }
    }

    /// What this consumer had received before it restarted.
    package func receivePending() async throws -> [Received] {
        try await withGroups {
            let entries = try await commands.xreadgroup(
                group: group,
                consumer: consumer,
                keys: keys,
                count: Self.maxEntries,
                from: .pending(after: .zero)
            )
            return entries.flatMap { key, entries in received(entries, key: key, isClaimed: true) }
        }
    }

    /// Takes over what other consumers left pending for longer than `minIdleTime`.
    package func claim(minIdleTime: Duration = minIdleTime) async throws -> [Received] {
        try await withGroups {
            var claimed: [Received] = []
            for key in keys {
                let entries = try await commands.xautoclaim(
                    key,
                    group: group,
                    consumer: consumer,
                    minIdleTime: minIdleTime,
                    count: Self.maxEntries
                )
                claimed += received(entries.entries, key: key, isClaimed: true)
            }
            return claimed
        }
    }

    /// Ends the entries; to be called after the commit of what they rang for. Safe to repeat.
    package func acknowledge(_ received: [Received]) async throws {
        for (key, entries) in Dictionary(grouping: received, by: \.key) {
            try await commands.xackAndDelete(key, group: group, ids: entries.map(\.entry))
        }
    }

    /// An entry that is no doorbell is received with no subjects, so that it gets acknowledged.
    private func received(_ entries: [StreamEntry], key: String, isClaimed: Bool) -> [Received] {
        entries.map { entry in
            Received(
                doorbell: Doorbell(entry) ?? Doorbell(subjects: []),
                isClaimed: isClaimed,
                key: key,
                entry: entry.id
            )
        }
    }

    private func withGroups<R>(_ body: () async throws -> R) async throws -> R {
        do {
            return try await body()
        } catch let error as RedisError where error.serverCode == "NOGROUP" {
            for key in keys { try await commands.xgroupCreate(key, group: group) }
            return try await body()
        }
    }
}
