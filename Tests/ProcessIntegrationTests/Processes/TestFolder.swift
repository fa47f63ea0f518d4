import FoundationEssentials
import LocalServers
import Logging

/// A folder of one test for logs and data; it vanishes with the test, and so do the processes that were started in it.
struct TestFolder: Sendable {
    let path: String
    let guardian: Guardian

    static func with<R: Sendable>(_ body: (TestFolder) async throws -> R) async throws -> R {
        let path = FileManager.default.temporaryDirectory.path + "/orders-process-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        // What is left when this fails is a folder in the system's temporary folder, which the system empties.
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await Guardian.during(removing: path) { try await body(TestFolder(path: path, guardian: $0)) }
    }

    /// A path in the folder that nothing has yet.
    func newPath(_ name: String) -> String {
        var (path, number) = ("\(path)/\(name)", 1)
        while FileManager.default.fileExists(atPath: path) { (path, number) = ("\(self.path)/\(number)-\(name)", number + 1) }
        return path
    }

    /// A program of the build, with a log of its own.
    ///
    /// - Parameter openFiles: the most files it may have open.
    func program(
        _ name: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        openFiles: Int? = nil
    ) -> LocalProgram {
        var launch = LocalProgram.Launch(
            name: name,
            program: "\(ServiceProgram.buildFolder)/\(name)",
            output: .file(newPath("\(name).log"))
        )
        launch.arguments = arguments
        if let openFiles {
            (launch.program, launch.arguments) = ("prlimit", ["--nofile=\(openFiles)", launch.program] + arguments)
        }
        launch.environment = environment
        launch.folder = path
        launch.stopSignal = .kill
        return LocalProgram(launch, guardian: guardian)
    }
}

/// Servers of one test, for faults that would meet every client of them.
enum PrivateServers {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Makes and starts a PostgreSQL, runs the body, kills the server.
    static func withPostgres(_ body: (LocalPostgres, TestFolder) async throws -> Void) async throws {
        try await TestFolder.with { folder in
            let postgres = try await LocalPostgres.make(
                in: ServerFolder.prepare(at: "\(folder.path)/servers"),
                port: LocalPort.free(),
                durability: .server,
                stopSignal: .kill,
                guardian: folder.guardian,
                logger: logger
            )
            try await postgres.start()
            try await ending(postgres.program) { try await body(postgres, folder) }
        }
    }

    /// Starts a Redis, runs the body, kills the server.
    static func withRedis(_ body: (LocalRedis, TestFolder) async throws -> Void) async throws {
        try await TestFolder.with { folder in
            let redis = try await LocalRedis(
                in: ServerFolder.prepare(at: "\(folder.path)/servers"),
                port: LocalPort.free(),
                stopSignal: .kill,
                guardian: folder.guardian,
                logger: logger
            )
            try await redis.program.start()
            try await ending(redis.program) { try await body(redis, folder) }
        }
    }

    private static func ending(_ program: LocalProgram, _ body: () async throws -> Void) async throws {
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        await program.end()
        try outcome.get()
    }
}
