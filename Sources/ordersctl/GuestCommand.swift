import Glibc
import LocalServers
import Subprocess
import SystemPackage

/// A command of the operator's own that runs beside the servers, in the same terminal, and is stopped with them.
struct GuestCommand: Sendable {
    /// The program, by its path when it has a slash and else looked for in `PATH`, and its arguments.
    var words: [String]
    /// Changes to the inherited environment.
    var environment: [String: String] = [:]

    /// The status of a shell that does not find a command.
    private static let notFound: Int32 = 127

    /// Runs the command to its end, or stops it after an interruption; returns the status that a shell would show.
    func run(guardian: Guardian, interruption: Interruption) async throws -> Int32 {
        do {
            return Self.exitCode(of: try await status(guardian: guardian, interruption: interruption))
        } catch let error as SubprocessError where error.code == .executableNotFound || error.code == .spawnFailed {
            Terminal.note("\(words[0]) cannot be run: \(error)")
            return Self.notFound
        }
    }

    private func status(guardian: Guardian, interruption: Interruption) async throws -> TerminationStatus {
        var options = PlatformOptions()
        // In a terminal the command stays in our group, so that it can read the keyboard and gets Ctrl-C itself; elsewhere it gets
        // a group of its own, so that all it started can be stopped together.
        let hasTerminal = isatty(STDIN_FILENO) == 1
        if !hasTerminal { options.processGroupID = 0 }
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: !hasTerminal, allowedDurationToNextStep: .seconds(10))
        ]
        let changes = environment.map { (Environment.Key(rawValue: $0.key), $0.value) }
        let configuration = Configuration(
            executable: words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0]),
            arguments: Arguments(Array(words.dropFirst())),
            environment: .inherit.updating(
                changes.reduce(into: [:]) { result, change in
                    if let key = change.0 { result.updateValue(change.1, forKey: key) }
                }
            ),
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

    /// 128 and the number of the signal for a command that a signal ended.
    private static func exitCode(of status: TerminationStatus) -> Int32 {
        switch status {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }
}
