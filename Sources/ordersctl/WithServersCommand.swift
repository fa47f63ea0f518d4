import ArgumentParser
import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage

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
        let status = try await Interruption.during { [self] interruption in
            try await runCommand(interruption: interruption)
        }
        guard case .exited(0) = status else { throw ExitCode(Self.exitCode(of: status)) }
    }

    private func runCommand(interruption: Interruption) async throws -> TerminationStatus {
        let environment = ProcessInfo.processInfo.environment
        let given = fresh ? [:] : environment.filter { $0.key.hasPrefix("TEST_") && !$0.value.isEmpty }
        let hasServers = given["TEST_DATABASE_URL"] != nil && given["TEST_REDIS_URL"] != nil
        let folder = FileManager.default.temporaryDirectory.path + "/orders-orchestrator-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // What is left when this fails is a folder in the system's temporary folder, which the system empties.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let servers = LocalServers(
            databaseURL: hasServers ? given["TEST_DATABASE_URL"] : nil,
            redisURL: hasServers ? given["TEST_REDIS_URL"] : nil,
            folder: folder,
            durability: fast ? .none : .full
        )
        return try await Guardian.during(removing: folder) { guardian in
            try await servers.during(guardian: guardian, interruption: interruption) { addresses in
                try await runCommand(addresses: addresses, guardian: guardian, interruption: interruption)
            }
        }
    }

    private func runCommand(
        addresses: LocalServers.Addresses,
        guardian: Guardian,
        interruption: Interruption
    ) async throws -> TerminationStatus {
        var options = PlatformOptions()
        // In a terminal the command stays in our group, so that it can read the keyboard and gets Ctrl-C itself; elsewhere it gets
        // a group of its own, so that all it started can be stopped together.
        let hasTerminal = isatty(STDIN_FILENO) == 1
        if !hasTerminal { options.processGroupID = 0 }
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: !hasTerminal, allowedDurationToNextStep: .seconds(10))
        ]
        let configuration = Configuration(
            executable: .name(command[0]),
            arguments: Arguments(Array(command.dropFirst())),
            environment: .inherit.updating([
                "DATABASE_URL": addresses.databaseURL, "TEST_DATABASE_URL": addresses.databaseURL,
                "REDIS_URL": addresses.redisURL, "TEST_REDIS_URL": addresses.redisURL,
            ]),
            platformOptions: options
        )
        return try await withThrowingTaskGroup(of: TerminationStatus?.self) { group in
            group.addTask {
                try await Subprocess.run(
                    configuration,
                    input: .currentStandardInput,
                    output: .currentStandardOutput,
                    error: .currentStandardError
                ) { execution in
                    try await guardian.watch(execution.processIdentifier, isGroup: !hasTerminal, stopSignal: "TERM")
                }.terminationStatus
            }
            group.addTask {
                await interruption.wait()
                return nil
            }
            defer { group.cancelAll() }
            if let status = try await group.next() ?? nil { return status }
            // The command is stopped now; how it ends is its own affair.
            group.cancelAll()
            return try await group.next()?.flatMap(\.self) ?? .signaled(interruption.signalNumber ?? SIGTERM)
        }
    }

    /// The status a shell would show: 128 and the number of the signal for a command that a signal ended.
    private static func exitCode(of status: TerminationStatus) -> Int32 {
        switch status {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }
}
