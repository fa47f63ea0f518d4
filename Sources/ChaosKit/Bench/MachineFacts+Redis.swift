import NIOPosix
import Redis

extension MachineFacts {
    /// The version of the Redis that a benchmark uses.
    static func redis(_ rig: BenchRig) async throws -> [BenchReport.Fact] {
        let client = RedisClient(
            configuration: try RedisConfiguration(url: rig.redisURL),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: rig.logger
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            defer { group.cancelAll() }
            try await client.waitUntilConnected(timeout: .seconds(5))
            let information = try await client.send(RedisCommand("INFO", ["server"])).string ?? ""
            let line = information.split(whereSeparator: \.isNewline).first { $0.hasPrefix("redis_version:") }
            return [.init("redis", line?.split(separator: ":").last.map(String.init) ?? "unknown")]
        }
    }
}
