import FoundationEssentials

/// The programs of PostgreSQL and Redis that are installed on this machine.
struct ServerPrograms: Sendable {
    /// The folder with `initdb`, `postgres` and the rest of one version of PostgreSQL.
    let postgresFolder: String
    let redisServer: String
    let redisClient: String

    /// Finds the programs: `pg_config --bindir`, the newest of Debian's folders, then `PATH`.
    static func find() async throws -> ServerPrograms {
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let searched = path + ["/usr/local/bin", "/usr/bin", "/usr/sbin"]
        var missing: [String] = []

        func program(_ name: String, package: String) -> String {
            if let folder = searched.first(where: { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }) {
                return "\(folder)/\(name)"
            }
            if !missing.contains(package) { missing.append(package) }
            return ""
        }

        let postgres = try await postgresFolders(searched: searched).first {
            FileManager.default.isExecutableFile(atPath: "\($0)/initdb")
                && FileManager.default.isExecutableFile(atPath: "\($0)/postgres")
        }
        if postgres == nil { missing.append("postgresql") }
        let redisServer = program("redis-server", package: "redis-server")
        let redisClient = program("redis-cli", package: "redis-server")
        guard let postgres, missing.isEmpty else {
            throw CommandFailure(
                "Not installed: \(missing.joined(separator: ", ")). Run deploy/setup, or set DATABASE_URL and REDIS_URL to servers you have."
            )
        }
        return ServerPrograms(postgresFolder: postgres, redisServer: redisServer, redisClient: redisClient)
    }

    private static func postgresFolders(searched: [String]) async throws -> [String] {
        var folders: [String] = []
        if let folder = searched.first(where: { FileManager.default.isExecutableFile(atPath: "\($0)/pg_config") }) {
            let answer = try await Tool.run("\(folder)/pg_config", ["--bindir"])
            if answer.isSuccess { folders.append(String(answer.output.filter { !$0.isNewline })) }
        }
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted {
            (Int($0) ?? 0) > (Int($1) ?? 0)
        }
        return folders + versions.map { "\(root)/\($0)/bin" } + searched
    }
}
