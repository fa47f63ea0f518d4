import Subprocess
import SystemPackage

/// A program that is run to its end for its answer.
enum Tool {
    /// How a tool ended.
    struct Outcome: Sendable {
        var isSuccess: Bool
        /// Standard output and standard error, at most 256 KiB.
        var output: String
    }

    /// Runs a program by its absolute path; it is killed when the task is cancelled.
    static func run(
        _ program: String,
        _ arguments: [String],
        account: ServerAccount? = nil,
        workingDirectory: String? = nil
    ) async throws -> Outcome {
        var options = PlatformOptions()
        options.processGroupID = 0
        account?.apply(to: &options)
        let result = try await Subprocess.run(
            .path(FilePath(program)),
            arguments: Arguments(arguments),
            workingDirectory: workingDirectory.map { FilePath($0) },
            platformOptions: options,
            output: .string(limit: 256 * 1024),
            error: .combinedWithOutput
        )
        return Outcome(isSuccess: result.terminationStatus.isSuccess, output: result.standardOutput)
    }
}
