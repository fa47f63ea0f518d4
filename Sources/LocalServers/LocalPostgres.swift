import FoundationEssentials
import Glibc
package import Logging
package import Postgres

/// A private PostgreSQL on the loopback address, for one project, one proof or one test.
package struct LocalPostgres: Sendable {
    /// What happens to committed data.
    package enum Durability: Sendable {
        /// As in production: nothing is lost.
        case machine
        /// They survive a crash of the server, not one of the machine; for servers that are thrown away.
        case server
    }

    private static let user = "orders"
    private static let database = "orders"

    package let program: LocalProgram
    package let port: Int
    private let logger: Logger

    /// The address for clients; there is no password, because only this machine can connect.
    package var url: String { "postgresql://\(Self.user)@127.0.0.1:\(port)/\(Self.database)" }

    /// The same for a driver.
    package var configuration: PostgresConfiguration { Self.configuration(port: port, database: Self.database) }

    /// Makes the server's data, unless the folder has them; nothing is started.
    package static func make(
        in folder: ServerFolder,
        port: Int,
        durability: Durability,
        stopSignal: LocalProgram.StopSignal = .interrupt,
        guardian: Guardian,
        logger: Logger
    ) async throws -> LocalPostgres {
        let programs = try await ServerPrograms.postgresFolder()
        try await initialize(folder, programs: programs, durability: durability)
        var launch = LocalProgram.Launch(
            name: "PostgreSQL",
            program: "\(programs)/postgres",
            output: .file("\(folder.path)/postgres.log")
        )
        launch.arguments = ["-D", folder.postgresData] + settings(folder, port, durability).flatMap { ["-c", $0] }
        launch.account = folder.account
        launch.folder = folder.postgresData
        launch.stopSignal = stopSignal
        launch.stopLimit = .seconds(60)
        // Bounded by crash recovery of a large write-ahead log, not by a start.
        launch.startLimit = .seconds(120)
        let probe = configuration(port: port, database: "postgres")
        launch.isReady = {
            // No connection is the answer “not yet”.
            guard let connection = try? await PostgresConnection.connect(probe, logger: logger) else { return false }
            await connection.close()
            return true
        }
        return LocalPostgres(program: LocalProgram(launch, guardian: guardian), port: port, logger: logger)
    }

    /// Returns when the server accepts connections and has its database.
    package func start(unless check: () throws -> Void = {}) async throws {
        try await program.start(unless: check)
        let connection = try await PostgresConnection.connect(
            Self.configuration(port: port, database: "postgres"),
            logger: logger
        )
        let known: Int = try await connection.run { try $0.query(Self.hasDatabase)[0].decode(0) }
        if known == 0 { try await connection.execute(script: "CREATE DATABASE \(Self.database)") }
        await connection.close()
    }

    /// Stops as `pg_ctl stop --mode=immediate` does: no goodbye, and recovery at the next start.
    package func stopImmediately() async {
        await program.end(with: SIGQUIT)
    }

    /// Lets every transaction that begins from now on write, or read only.
    package func allowWrites(_ isAllowed: Bool) async throws {
        let connection = try await PostgresConnection.connect(configuration, logger: logger)
        try await connection.execute(script: "SET default_transaction_read_only = off")
        try await connection.execute(script: "ALTER SYSTEM SET default_transaction_read_only = \(isAllowed ? "off" : "on")")
        try await connection.execute(script: "SELECT pg_reload_conf()")
        await connection.close()
    }

    /// Run once, when a private server has started.
    private static let hasDatabase = Statement(
        "local_has_database",
        "SELECT count(*) FROM pg_database WHERE datname = 'orders'"
    )

    private static func configuration(port: Int, database: String) -> PostgresConfiguration {
        PostgresConfiguration(host: "127.0.0.1", port: port, user: user, database: database)
    }

    private static func initialize(_ folder: ServerFolder, programs: String, durability: Durability) async throws {
        let data = folder.postgresData
        // initdb writes this file early; a folder it did not finish lacks the control file, and is made anew.
        if FileManager.default.fileExists(atPath: "\(data)/global/pg_control") { return }
        for name in try FileManager.default.contentsOfDirectory(atPath: data) {
            try FileManager.default.removeItem(atPath: "\(data)/\(name)")
        }
        let arguments = [
            "--pgdata=\(data)", "--username=\(user)", "--auth=trust", "--encoding=UTF8", "--locale=C", "--data-checksums",
            "--no-instructions",
        ]
        let outcome = try await Tool.run(
            "\(programs)/initdb",
            durability == .machine ? arguments : arguments + ["--no-sync"],
            account: folder.account
        )
        if !outcome.isSuccess { throw LocalServerFault("initdb could not make \(data):\n\(outcome.output)") }
    }

    private static func settings(_ folder: ServerFolder, _ port: Int, _ durability: Durability) -> [String] {
        let settings = [
            "listen_addresses=127.0.0.1", "port=\(port)", "unix_socket_directories=\(folder.hasSockets ? folder.sockets : "")",
            "max_connections=600", "shared_buffers=256MB", "max_wal_size=4GB", "timezone=UTC", "log_timezone=UTC",
            "log_line_prefix=%m [%p] %u@%d ",
        ]
        return durability == .machine ? settings : settings + ["fsync=off", "full_page_writes=off"]
    }
}
