import LocalServers

extension BenchRig {
    /// `ingest` and where it takes requests; `settings` are its own.
    func ingest(_ settings: [String: String] = [:]) async throws -> (process: BenchProcess, target: TargetAddress) {
        let port = try await LocalPort.free()
        let adminPort = try await LocalPort.free()
        var process = service("ingest", program: "ingest", adminPort: adminPort)
        process.environment["HOST"] = "127.0.0.1"
        process.environment["PORT"] = String(port)
        process.environment.merge(settings) { $1 }
        return (process, TargetAddress(host: "127.0.0.1", port: port))
    }

    /// Two orchestrators.
    func orchestrators() async throws -> [BenchProcess] {
        var processes: [BenchProcess] = []
        for number in 1...2 {
            var process = service("orchestrator-\(number)", program: "orchestrator", adminPort: try await LocalPort.free())
            process.environment["ORCHESTRATOR_NAME"] = "bench-\(number)"
            processes.append(process)
        }
        return processes
    }

    /// A console and where it takes requests; `name` tells its log from those of other ones.
    func webConsole(_ name: String) async throws -> (process: BenchProcess, target: TargetAddress) {
        let port = try await LocalPort.free()
        var process = service(name, program: "console", adminPort: try await LocalPort.free())
        process.environment["CONSOLE_HOST"] = "127.0.0.1"
        process.environment["CONSOLE_PORT"] = String(port)
        process.environment["CONSOLE_ADMIN_PASSWORD"] = Self.secret
        return (process, TargetAddress(host: "127.0.0.1", port: port))
    }

    /// The server that does nothing.
    func noop() async throws -> (process: BenchProcess, target: TargetAddress) {
        let target = TargetAddress(host: "127.0.0.1", port: try await LocalPort.free())
        let process = BenchProcess(
            name: "noop-server",
            program: "\(programs)/chaos",
            arguments: ["noop-server", "--port", String(target.port)],
            readiness: target,
            logFile: "\(folder)/noop-server.log"
        )
        return (process, target)
    }

    /// Runs the body while all the programs are ready; the body gets their process numbers in order.
    func during<Value: Sendable>(
        _ processes: [BenchProcess],
        ids: [Int32] = [],
        _ body: @escaping @Sendable ([Int32]) async throws -> Value
    ) async throws -> Value {
        guard let process = processes.first else { return try await body(ids) }
        return try await process.during { id in
            try await during(Array(processes.dropFirst()), ids: ids + [id], body)
        }
    }

    private func service(_ name: String, program: String, adminPort: Int) -> BenchProcess {
        BenchProcess(
            name: name,
            program: "\(programs)/\(program)",
            environment: [
                "DATABASE_URL": databaseURL, "REDIS_URL": redisURL, "STREAM_PREFIX": "bench:", "LOG_LEVEL": "warning",
                "ADMIN_PORT": String(adminPort), "SHOPIFY_WEBHOOK_SECRETS": Self.secret, "SHOPIFY_VERIFY": "on",
                "APP_ENV": "development", "BOOKING": "off",
            ],
            readiness: TargetAddress(host: "127.0.0.1", port: adminPort),
            logFile: "\(folder)/\(name).log"
        )
    }
}
