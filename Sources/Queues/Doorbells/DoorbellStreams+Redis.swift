package import FoundationEssentials
package import Redis

extension DoorbellStreams {
    /// Rings for the subjects, several to an entry, in one flight.
    package func ring(
        _ subjects: [UUID],
        on stream: Name,
        isRelayed: Bool,
        _ redis: RedisClient
    ) async throws(RedisError) {
        let commands = stride(from: 0, to: subjects.count, by: Doorbell.maxSubjects).map { start in
            let part = Array(subjects[start..<min(start + Doorbell.maxSubjects, subjects.count)])
            return RedisCommand.xadd(
                key(stream),
                fields: Doorbell(subjects: part, isRelayed: isRelayed).fields,
                maxLength: maxEntries(stream)
            )
        }
        for case .error(let message) in try await redis.send(pipeline: commands) { throw RedisError(serverReply: message) }
    }

    /// Wakes a runner of each of the queues, in one flight.
    package func ring(_ queues: Set<Queue>, _ redis: RedisClient) async throws(RedisError) {
        let fields = Doorbell(subjects: []).fields
        let commands = queues.map { RedisCommand.xadd(key($0.stream), fields: fields, maxLength: maxEntries($0.stream)) }
        for case .error(let message) in try await redis.send(pipeline: commands) { throw RedisError(serverReply: message) }
    }

    /// Entries that ring for events and that nobody has finished.
    package func outstanding(_ redis: RedisClient) async throws(RedisError) -> Int {
        var count = 0
        for name in Name.events { count += try await redis.xlen(key(name)) }
        return count
    }
}
