import LocalServers
import Redis

/// A `redis-server` of one test, for faults that would disturb other tests.
struct PrivateServer: Sendable {
    let port: Int
    let program: LocalProgram

    var configuration: RedisConfiguration {
        RedisConfiguration(host: "127.0.0.1", port: port)
    }

    /// Runs the body beside the server, which clients may reach a moment later.
    ///
    /// - Parameters:
    ///   - options: as on the command line, for example `["--requirepass", "secret"]`.
    ///   - portOption: which of its ports it is to listen on; `--tls-port` for an encrypted one only.
    static func with(
        options: [String] = [],
        portOption: String = "--port",
        _ body: (PrivateServer) async throws -> Void
    ) async throws {
        try await Guardian.during { guardian in
            let port = try await LocalPort.free()
            var launch = LocalProgram.Launch(name: "Redis", program: "redis-server", output: .lines { _ in })
            launch.arguments = [portOption, "\(port)"] + options + ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]
            launch.stopSignal = .kill
            let server = PrivateServer(port: port, program: LocalProgram(launch, guardian: guardian))
            try await server.program.start()
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(server)) } catch { outcome = .failure(error) }
            await server.program.end()
            try outcome.get()
        }
    }
}
