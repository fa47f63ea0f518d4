import LocalServers

extension BenchRig {
    /// `ingest` and where it takes requests; `settings` are its own.
    func ingest(_ settings: [String: String] = [:]) async throws -> (process: BenchProgram, target: TargetAddress) {
        let port = try await LocalPort.free()
        let adminPort = try await LocalPort.free()
        let own = ["HOST": "127.0.0.1", "PORT": String(port)].merging(settings) { $1 }
        let process = service("ingest", program: "ingest", adminPort: adminPort, settings: own)
        return (process, TargetAddress(host: "127.0.0.1", port: port))
    }

    /// Two orchestrators.
    func orchestrators() async throws -> [BenchProgram] {
        var processes: [BenchProgram] = []
        for number in 1...2 {
            let process = service(
                "orchestrator-\(number)",
                program: "orchestrator",
                adminPort: try await LocalPort.free(),
                settings: ["ORCHESTRATOR_NAME": "bench-\(number)"]
            )
            processes.append(process)
        }
        return processes
    }

    /// A console and where it takes requests; `name` tells its log from those of other ones.
    func webConsole(_ name: String) async throws -> (process: BenchProgram, target: TargetAddress) {
        let port = try await LocalPort.free()
        let process = service(
            name,
            program: "console",
            adminPort: try await LocalPort.free(),
            settings: ["CONSOLE_HOST": "127.0.0.1", "CONSOLE_PORT": String(port), "CONSOLE_ADMIN_PASSWORD": Self.secret]
        )
        return (process, TargetAddress(host: "127.0.0.1", port: port))
    }

    /// The server that does nothing.
    func noop() async throws -> (process: BenchProgram, target: TargetAddress) {
        let target = TargetAddress(host: "127.0.0.1", port: try await LocalPort.free())
        let process = BenchProgram(
            name: "noop-server",
            path: "\(programs)/chaos",
            arguments: ["noop-server", "--port", String(target.port)],
            readiness: target,
            logFile: "\(folder)/noop-server.log",
            guardian: guardian
        )
        return (process, target)
    }

    /// Runs the body while all the programs are ready; the body gets their process numbers in order.
    func during<Value: Sendable>(
        _ processes: [BenchProgram],
        ids: [Int32] = [],
        _ body: @escaping @Sendable ([Int32]) async throws -> Value
    ) async throws -> Value {
        guard let process = processes.first else { return try await body(ids) }
        return try await process.during { id in
            try await during(Array(processes.dropFirst()), ids: ids + [id], body)
        }
    }

    private func service(_ name: String, program: String, adminPort: Int, settings: [String: String]) -> BenchProgram {
        let common = [
            "DATABASE_URL": databaseURL, "REDIS_URL": redisURL, "STREAM_PREFIX": "bench:", "LOG_LEVEL": "warning",
            "ADMIN_PORT": String(adminPort), "SHOPIFY_WEBHOOK_SECRETS": Self.secret, "SHOPIFY_VERIFY": "on",
            "APP_ENV": "development", "BOOKING": "off",
        ]
        return BenchProgram(
            name: name,
            path: "\(programs)/\(program)",
            environment: common.merging(settings) { $1 },
            readiness: TargetAddress(host: "127.0.0.1", port: adminPort),
            logFile: "\(folder)/\(name).log",
            guardian: guardian
        )
    }
}
