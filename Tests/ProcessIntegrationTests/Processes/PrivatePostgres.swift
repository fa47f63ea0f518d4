import FoundationEssentials
import Glibc
import Subprocess
import Synchronization
import SystemPackage
import Testing

/// A PostgreSQL of one test, for faults that would meet every client of it. Committed data survive its crash: what is
/// switched off concerns a crash of the machine only.
final class PrivatePostgres: Sendable {
    let port: Int
    private let launch: RunningProgram.Launch
    private let programs: String
    private let running = Mutex<RunningProgram?>(nil)

    var url: String { "postgresql://orders@127.0.0.1:\(port)/postgres" }

    /// Makes and starts a server, runs the body, kills the server.
    static func with(_ body: (PrivatePostgres, TestFolder) async throws -> Void) async throws {
        try await TestFolder.with { folder in
            let account = ServerAccount.needed()
            let data = folder.newPath("postgres")
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
            try account?.own(data)
            let programs = try await programs()
            let initdb = RunningProgram.Launch(
                program: "\(programs)/initdb",
                arguments: [
                    "--pgdata=\(data)", "--username=orders", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync",
                ],
                account: account,
                folder: folder
            )
            guard try await RunningProgram(initdb).ended().isSuccess else { throw NeverHappened(description: "initdb failed") }
            let server = PrivatePostgres(
                port: try await freePort(),
                data: data,
                programs: programs,
                account: account,
                folder: folder
            )
            let outcome: Result<Void, any Error>
            do {
                try await server.start()
                outcome = .success(try await body(server, folder))
            } catch {
                outcome = .failure(error)
            }
            await server.running.withLock { $0 }?.kill()
            try outcome.get()
        }
    }

    private init(port: Int, data: String, programs: String, account: ServerAccount?, folder: TestFolder) {
        self.port = port
        self.programs = programs
        let settings = [
            "listen_addresses=127.0.0.1", "port=\(port)", "unix_socket_directories=", "fsync=off", "full_page_writes=off",
            "shared_buffers=32MB",
        ]
        launch = .init(
            program: "\(programs)/postgres",
            arguments: ["-D", data] + settings.flatMap { ["-c", $0] },
            account: account,
            folder: folder
        )
    }

    /// Returns when the server accepts connections.
    func start() async throws {
        let program = try await RunningProgram(launch)
        running.withLock { $0 = program }
        try await eventually("PostgreSQL accepts connections") {
            program.log.contains("database system is ready to accept connections")
        }
    }

    /// Stops as `pg_ctl stop --mode=immediate` does: no goodbye, and recovery at the next start.
    func stopImmediately() async throws {
        guard let program = running.withLock({ $0 }) else { return }
        program.send(SIGQUIT)
        try await program.ended()
    }

    private static func programs() async throws -> String {
        let answer = try await Subprocess.run(
            .name("sh"),
            arguments: ["-c", "ls -d \"$(pg_config --bindir 2>&1)\" /usr/lib/postgresql/*/bin 2>/dev/null"],
            output: .string(limit: 4_096),
            error: .discarded
        )
        let folders = answer.standardOutput.split(separator: "\n").map(String.init)
        return try #require(
            folders.last { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") },
            "the programs of PostgreSQL"
        )
    }
}
