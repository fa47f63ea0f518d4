import Glibc
import Logging
import NIOPosix
import Redis

/// A private Redis that can be killed and keeps nothing when it is.
struct StackRedis: Sendable {
    let program: StackProgram
    let port: Int
    private let logger: Logger

    init(in folder: String, port: Int, guardian: StackGuardian, logger: Logger) {
        self.port = port
        self.logger = logger
        let launch = StackProgram.Launch(
            name: "redis",
            program: "redis-server",
            arguments: ["--bind", "127.0.0.1", "--port", "\(port)", "--save", "", "--appendonly", "no", "--daemonize", "no"],
            folder: folder,
            // No answer is the answer “not yet”.
            isReady: { (try? await Self.ask(RedisCommand("PING"), port: port, logger: logger)) != nil }
        )
        program = StackProgram(launch, guardian: guardian)
    }

    /// Forgets everything that Redis knows.
    func flush() async throws {
        try await Self.ask(RedisCommand("FLUSHALL"), port: port, logger: logger)
    }

    private static func ask(_ command: RedisCommand, port: Int, logger: Logger) async throws {
        let client = RedisClient(
            configuration: RedisConfiguration(host: "127.0.0.1", port: port),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            defer { group.cancelAll() }
            try await client.waitUntilConnected(timeout: .seconds(2))
            _ = try await client.send(command)
        }
    }
}
