import FoundationEssentials

/// The programs of PostgreSQL and Redis that are installed on this machine.
enum ServerPrograms {
    private static let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    private static let searched =
        path.split(separator: ":").map(String.init) + ["/usr/local/bin", "/usr/bin", "/usr/sbin"]

    /// The folder with `initdb` and `postgres`: that of `pg_config`, else the newest of Debian's, else one of `PATH`.
    static func postgresFolder() async throws -> String {
        let found = try await postgresFolders().first {
            FileManager.default.isExecutableFile(atPath: "\($0)/initdb")
                && FileManager.default.isExecutableFile(atPath: "\($0)/postgres")
        }
        guard let found else { throw missing("postgresql", "DATABASE_URL") }
        return found
    }

    /// The path of `redis-server`.
    static func redisServer() throws -> String {
        guard let folder = folder(with: "redis-server") else { throw missing("redis-server", "REDIS_URL") }
        return "\(folder)/redis-server"
    }

    private static func folder(with program: String) -> String? {
        searched.first { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    private static func missing(_ package: String, _ key: String) -> LocalServerFault {
        LocalServerFault("Not installed: \(package). Run deploy/setup, or set \(key) to a server you have.")
    }

    private static func postgresFolders() async throws -> [String] {
        var folders: [String] = []
        if let folder = folder(with: "pg_config") {
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
