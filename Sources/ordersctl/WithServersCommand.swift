import ArgumentParser
import FoundationEssentials
import LocalServers

/// Runs a command with throw-away servers.
struct WithServersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "with-servers",
        abstract: "Runs a command with a throw-away PostgreSQL and Redis.",
        discussion: """
            The command finds the servers in DATABASE_URL, REDIS_URL, TEST_DATABASE_URL and TEST_REDIS_URL. They and their data vanish when it \
            ends, and its exit status becomes that of ordersctl. When TEST_DATABASE_URL and TEST_REDIS_URL are both set \
            already, those servers are used and none are started.
            """
    )

    @Flag(help: "Start servers even when TEST_DATABASE_URL and TEST_REDIS_URL are set.")
    var fresh = false

    @Flag(help: "Let PostgreSQL skip fsync: faster, and without meaning for any measurement.")
    var fast = false

    @Argument(parsing: .postTerminator, help: "The command, after two dashes.")
    var command: [String]

    func run() async throws {
        let status = try await Interruption.status { [self] interruption in
            try await runCommand(interruption: interruption)
        }
        if status != 0 { throw ExitCode(status) }
    }

    private func runCommand(interruption: Interruption) async throws -> Int32 {
        let environment = ProcessInfo.processInfo.environment
        let given = fresh ? [:] : environment.filter { $0.key.hasPrefix("TEST_") && !$0.value.isEmpty }
        let hasServers = given["TEST_DATABASE_URL"] != nil && given["TEST_REDIS_URL"] != nil
        let folder = FileManager.default.temporaryDirectory.path + "/orders-orchestrator-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // What is left when this fails is a folder in the system's temporary folder, which the system empties.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let servers = CommandServers(
            databaseURL: hasServers ? given["TEST_DATABASE_URL"] : nil,
            redisURL: hasServers ? given["TEST_REDIS_URL"] : nil,
            folder: folder,
            durability: fast ? .server : .machine
        )
        return try await Guardian.during(removing: folder) { guardian in
            try await servers.during(guardian: guardian, interruption: interruption) { addresses in
                let guest = GuestCommand(
                    words: command,
                    environment: [
                        "DATABASE_URL": addresses.databaseURL, "TEST_DATABASE_URL": addresses.databaseURL,
                        "REDIS_URL": addresses.redisURL, "TEST_REDIS_URL": addresses.redisURL,
                    ]
                )
                return try await guest.run(guardian: guardian, interruption: interruption)
            }
        }
    }
}
