import Glibc
package import Logging
import NIOPosix
import Redis

/// A private Redis on the loopback address; it keeps nothing when it stops, because PostgreSQL is the only record.
package struct LocalRedis: Sendable {
    package let program: LocalProgram
    package let port: Int
    private let logger: Logger

    /// The address for clients.
    package var url: String { "redis://127.0.0.1:\(port)/0" }

    package init(
        in folder: ServerFolder,
        port: Int,
        stopSignal: LocalProgram.StopSignal = .terminate,
        guardian: Guardian,
        logger: Logger
    ) throws {
        self.port = port
        self.logger = logger
        var launch = LocalProgram.Launch(
            name: "Redis",
            program: try ServerPrograms.redisServer(),
            output: .file("\(folder.path)/redis.log")
        )
        launch.arguments = [
            "--bind", "127.0.0.1", "--port", "\(port)", "--dir", folder.redisData, "--save", "", "--appendonly", "no",
            "--maxmemory-policy", "noeviction", "--daemonize", "no",
        ]
        launch.account = folder.account
        launch.folder = folder.redisData
        launch.stopSignal = stopSignal
        launch.stopLimit = .seconds(10)
        // No answer is the answer “not yet”.
        launch.isReady = { (try? await Self.ask(RedisCommand("PING"), port: port, logger: logger)) != nil }
        program = LocalProgram(launch, guardian: guardian)
    }

    /// Forgets everything that Redis knows.
    package func flush() async throws {
        try await send("FLUSHALL")
    }

    /// Sends one command over a connection of its own; throws when it is refused.
    package func send(_ command: String, _ arguments: [String] = []) async throws {
        let command = RedisCommand(command, arguments.map { .text($0) })
        try await Self.ask(command, port: port, logger: logger)
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
