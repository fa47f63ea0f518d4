import Synchronization

/// A Redis of one test that keeps nothing when it stops.
final class PrivateRedis: Sendable {
    private let port: Int
    private let launch: RunningProgram.Launch
    private let running = Mutex<RunningProgram?>(nil)

    var url: String { "redis://127.0.0.1:\(port)/0" }

    /// Starts a server, runs the body, kills the server.
    static func with(_ body: (PrivateRedis, TestFolder) async throws -> Void) async throws {
        try await TestFolder.with { folder in
            let server = PrivateRedis(port: try await freePort(), folder: folder)
            let outcome: Result<Void, any Error>
            do {
                try await server.start()
                outcome = .success(try await body(server, folder))
            } catch {
                outcome = .failure(error)
            }
            await server.stop()
            try outcome.get()
        }
    }

    private init(port: Int, folder: TestFolder) {
        self.port = port
        launch = .init(
            program: "redis-server",
            arguments: ["--bind", "127.0.0.1", "--port", "\(port)", "--save", "", "--appendonly", "no"],
            folder: folder
        )
    }

    /// Returns when the server accepts connections.
    func start() async throws {
        let program = try await RunningProgram(launch)
        running.withLock { $0 = program }
        try await eventually("Redis accepts connections") { program.log.contains("eady to accept connections") }
    }

    /// Kills the server, and with it all it knew.
    func stop() async {
        await running.withLock { $0 }?.kill()
    }
}
