import FoundationEssentials

/// A private PostgreSQL on the loopback address, for one project or one test run.
struct LocalPostgres: Sendable {
    /// What happens to committed data when the machine fails.
    enum Durability: Sendable {
        /// As in production: nothing is lost.
        case full
        /// No waiting for disks; only for servers that are thrown away.
        case none
    }

    static let user = "orders"
    static let database = "orders"

    let programs: ServerPrograms
    let folder: ServerFolder
    let port: Int
    let durability: Durability

    /// The address for clients; there is no password, because only this machine can connect.
    var url: String { "postgresql://\(Self.user)@127.0.0.1:\(port)/\(Self.database)" }

    /// Runs the body while the server accepts connections and has its database.
    func during<Value: Sendable>(
        guardian: Guardian,
        interruption: Interruption,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await initialize()
        try interruption.check()
        return try await server.during(guardian: guardian) {
            try await waitUntilReady(interruption: interruption)
            try await createDatabase()
            return try await body()
        }
    }

    private var server: ChildProcess {
        var settings = [
            "listen_addresses": "127.0.0.1",
            "port": String(port),
            "unix_socket_directories": folder.hasSockets ? folder.sockets : "",
            "max_connections": "600",
            "shared_buffers": "256MB",
            "max_wal_size": "4GB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %u@%d ",
        ]
        if durability == .none {
            settings["fsync"] = "off"
            settings["synchronous_commit"] = "off"
            settings["full_page_writes"] = "off"
        }
        return ChildProcess(
            name: "PostgreSQL",
            program: "\(programs.postgresFolder)/postgres",
            arguments: ["-D", folder.postgresData]
                + settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] },
            workingDirectory: folder.postgresData,
            account: folder.account,
            output: .file(folder.postgresLog),
            stopSignal: .interrupt,
            stopTimeout: .seconds(60)
        )
    }

    private func initialize() async throws {
        // initdb writes this file early; a folder it did not finish lacks the control file, and is made anew.
        if FileManager.default.fileExists(atPath: "\(folder.postgresData)/global/pg_control") { return }
        let remains = try FileManager.default.contentsOfDirectory(atPath: folder.postgresData)
        for name in remains { try FileManager.default.removeItem(atPath: "\(folder.postgresData)/\(name)") }
        let arguments = [
            "--pgdata=\(folder.postgresData)", "--username=\(Self.user)", "--auth=trust", "--encoding=UTF8", "--locale=C",
            "--data-checksums", "--no-instructions",
        ]
        let outcome = try await Tool.run(
            "\(programs.postgresFolder)/initdb",
            durability == .none ? arguments + ["--no-sync"] : arguments,
            account: folder.account,
            workingDirectory: folder.postgresData
        )
        if !outcome.isSuccess { throw CommandFailure("initdb could not make \(folder.postgresData):\n\(outcome.output)") }
    }

    private func waitUntilReady(interruption: Interruption) async throws {
        // Bounded by crash recovery of a large write-ahead log, not by a start.
        for _ in 0..<1_200 {
            try interruption.check()
            if try await client("pg_isready", ["--quiet"]).isSuccess { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw CommandFailure("PostgreSQL accepts no connections after two minutes; see \(folder.postgresLog).")
    }

    private func createDatabase() async throws {
        let question = "SELECT count(*) FROM pg_database WHERE datname = '\(Self.database)'"
        let known = try await client(
            "psql",
            ["--dbname=postgres", "--no-psqlrc", "--tuples-only", "--no-align", "--command=\(question)"]
        )
        if known.isSuccess, known.output.trimmingPrefix(while: \.isWhitespace).hasPrefix("1") { return }
        let made = try await client("createdb", [Self.database])
        if !made.isSuccess {
            throw CommandFailure("The database \(Self.database) could not be made: \(known.output)\(made.output)")
        }
    }

    private func client(_ program: String, _ arguments: [String]) async throws -> Tool.Outcome {
        let server = ["--host=127.0.0.1", "--port=\(port)", "--username=\(Self.user)"]
        return try await Tool.run("\(programs.postgresFolder)/\(program)", server + arguments, workingDirectory: "/")
    }
}
