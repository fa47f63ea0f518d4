/// A private Redis on the loopback address; it keeps nothing on disk, because PostgreSQL is the only record.
struct LocalRedis: Sendable {
    let programs: ServerPrograms
    let folder: ServerFolder
    let port: Int

    /// The address for clients.
    var url: String { "redis://127.0.0.1:\(port)/0" }

    /// Runs the body while the server answers.
    func during<Value: Sendable>(
        guardian: Guardian,
        interruption: Interruption,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try interruption.check()
        return try await server.during(guardian: guardian) {
            try await waitUntilReady(interruption: interruption)
            return try await body()
        }
    }

    private var server: ChildProcess {
        let settings = [
            "--bind", "127.0.0.1", "--port", String(port), "--dir", folder.redisData, "--save", "", "--appendonly", "no",
            "--maxmemory-policy", "noeviction", "--daemonize", "no",
        ]
        return ChildProcess(
            name: "Redis",
            program: programs.redisServer,
            arguments: settings,
            workingDirectory: folder.redisData,
            account: folder.account,
            output: .file(folder.redisLog),
            stopTimeout: .seconds(10)
        )
    }

    private func waitUntilReady(interruption: Interruption) async throws {
        for _ in 0..<200 {
            try interruption.check()
            let answer = try await Tool.run(
                programs.redisClient,
                ["-h", "127.0.0.1", "-p", String(port), "ping"],
                workingDirectory: "/"
            )
            if answer.output.hasPrefix("PONG") { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CommandFailure("Redis does not answer after ten seconds; see \(folder.redisLog).")
    }
}
