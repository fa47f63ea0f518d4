import Subprocess
import SystemPackage

/// A tiny shell that outlives this process and kills what it started when it dies without a chance to do so itself.
///
/// The shell is told of each process over a pipe. The end of that pipe without the word `done` means that we were killed.
actor StackGuardian {
    private static let script = """
        groups=
        while read -r group; do
            if [ "$group" = done ]; then exit 0; fi
            groups="$group $groups"
        done
        for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
        if [ -n "$1" ]; then rm -rf -- "$1"; fi
        """

    private let pipe: StandardInputWriter

    private init(pipe: StandardInputWriter) {
        self.pipe = pipe
    }

    /// Runs the body with a guardian beside it, which removes the folder, if one is named, when we cannot.
    static func with<Value: Sendable>(
        removing folder: String,
        _ body: (StackGuardian) async throws -> Value
    ) async throws -> Value {
        var options = PlatformOptions()
        options.createSession = true
        return try await run(
            .path("/bin/sh"),
            arguments: ["-c", script, "guardian", folder],
            workingDirectory: "/",
            platformOptions: options,
            input: .inputWriter,
            output: .discarded,
            error: .discarded
        ) { execution in
            let outcome: Result<Value, any Error>
            do {
                outcome = .success(try await body(StackGuardian(pipe: execution.standardInputWriter)))
            } catch {
                outcome = .failure(error)
            }
            _ = try await execution.standardInputWriter.write("done\n")
            return outcome
        }.closureResult.get()
    }

    /// Adds a process that leads a group.
    func watch(_ processID: Int32) async throws {
        _ = try await pipe.write("\(processID)\n")
    }
}
