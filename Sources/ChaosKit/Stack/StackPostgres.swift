import EventStore
import FoundationEssentials
import Glibc
import Logging
import Postgres
import Subprocess
import SystemPackage

/// A private PostgreSQL that can be killed. Committed data survive a crash of it: what is switched off concerns a crash of
/// the machine only.
struct StackPostgres: Sendable {
    let program: StackProgram
    /// For those who must not notice any fault of a link.
    let configuration: PostgresConfiguration
    let port: Int

    /// Makes the server's data; nothing is started.
    static func make(in folder: String, port: Int, guardian: StackGuardian, logger: Logger) async throws -> StackPostgres {
        let programs = try await programs()
        let account = StackAccount.needed()
        let data = "\(folder)/postgres"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
        try account?.own(data)
        let arguments = [
            "--pgdata=\(data)", "--username=orders", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync",
        ]
        let command = account?.command("\(programs)/initdb", arguments) ?? ("\(programs)/initdb", arguments)
        let outcome = try await Subprocess.run(
            command.0.contains("/") ? .path(.init(command.0)) : .name(command.0),
            arguments: Arguments(command.1),
            workingDirectory: "/",
            output: .string(limit: 1 << 16),
            error: .combinedWithOutput
        )
        guard outcome.terminationStatus.isSuccess else {
            throw StackProgram.Fault(description: "initdb failed:\n\(outcome.standardOutput)")
        }
        let settings = [
            "listen_addresses=127.0.0.1", "port=\(port)", "unix_socket_directories=", "max_connections=200", "fsync=off",
            "full_page_writes=off", "shared_buffers=128MB", "max_wal_size=1GB", "timezone=UTC", "log_timezone=UTC",
        ]
        var configuration = PostgresConfiguration(host: "127.0.0.1", port: port, user: "orders", database: "postgres")
        configuration.applicationName = "chaos"
        configuration.statementTimeout = .seconds(120)
        configuration.responseTimeout = .seconds(130)
        let probe = configuration
        let launch = StackProgram.Launch(
            name: "postgres",
            program: "\(programs)/postgres",
            arguments: ["-D", data] + settings.flatMap { ["-c", $0] },
            account: account,
            folder: folder,
            isReady: {
                // No connection is the answer “not yet”.
                guard let connection = try? await PostgresConnection.connect(probe, logger: logger) else { return false }
                await connection.close()
                return true
            }
        )
        return StackPostgres(program: StackProgram(launch, guardian: guardian), configuration: configuration, port: port)
    }

    /// Makes the schema.
    func migrate(logger: Logger) async throws {
        let connection = try await PostgresConnection.connect(configuration, logger: logger)
        _ = try await connection.run { try Migrator.migrate($0) }
        await connection.close()
    }

    /// Stops as `pg_ctl stop --mode=immediate` does, and starts again: no goodbye, then recovery.
    func restartImmediately() async throws {
        await program.end(with: SIGQUIT)
        try await program.start()
    }

    /// The folder with `initdb` and `postgres`: that of `pg_config`, else the newest of Debian's.
    private static func programs() async throws -> String {
        let answer = try await Subprocess.run(
            .name("sh"),
            arguments: ["-c", "pg_config --bindir; ls -d /usr/lib/postgresql/*/bin | sort --version-sort --reverse"],
            output: .string(limit: 4_096),
            error: .discarded
        )
        let folders = answer.standardOutput.split(separator: "\n").map(String.init)
        guard let folder = folders.first(where: { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }) else {
            throw StackProgram.Fault(description: "PostgreSQL is not installed; run deploy/setup")
        }
        return folder
    }
}
