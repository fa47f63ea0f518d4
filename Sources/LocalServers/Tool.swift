import Subprocess
import SystemPackage

/// A program that is run to its end for its answer.
package enum Tool {
    /// How a tool ended.
    package struct Outcome: Sendable {
        package var isSuccess: Bool
        /// Standard output and standard error, at most 256 KiB.
        package var output: String
    }

    /// Runs a program, an absolute path or a name to be found on `PATH`; it is killed when the task is cancelled.
    package static func run(_ program: String, _ arguments: [String], account: ServerAccount? = nil) async throws -> Outcome {
        let command = account?.command(program, arguments) ?? (program, arguments)
        var options = PlatformOptions()
        options.processGroupID = 0
        let result = try await Subprocess.run(
            command.0.contains("/") ? .path(FilePath(command.0)) : .name(command.0),
            arguments: Arguments(command.1),
            workingDirectory: "/",
            platformOptions: options,
            output: .string(limit: 256 * 1024),
            error: .combinedWithOutput
        )
        return Outcome(isSuccess: result.terminationStatus.isSuccess, output: result.standardOutput)
    }
}
