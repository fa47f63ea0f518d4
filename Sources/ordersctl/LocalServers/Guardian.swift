import Subprocess
import SystemPackage

/// A tiny shell that outlives this process and stops its children when it dies without a chance to do so itself.
///
/// The shell is told of each child over a pipe. The end of that pipe without the word `done` means that this process was
/// killed; the shell then stops the children, latest first, and removes the temporary folder if there is one.
actor Guardian {
    private static let script = """
        children=
        while read -r signal target; do
            if [ "$signal" = done ]; then exit 0; fi
            children="$signal:$target $children"
        done
        for child in $children; do kill -s "${child%%:*}" -- "${child#*:}" 2>/dev/null; sleep 0.2; done
        if [ -n "$1" ]; then sleep 3; rm -rf -- "$1"; fi
        """

    private let pipe: StandardInputWriter

    private init(pipe: StandardInputWriter) {
        self.pipe = pipe
    }

    /// Runs the body with a guardian beside it.
    static func during<Value: Sendable>(
        removing temporaryFolder: String = "",
        _ body: (Guardian) async throws -> Value
    ) async throws -> Value {
        var options = PlatformOptions()
        options.createSession = true
        return try await run(
            .path("/bin/sh"),
            arguments: ["-c", script, "guardian", temporaryFolder],
            workingDirectory: "/",
            platformOptions: options,
            input: .inputWriter,
            output: .discarded,
            error: .discarded
        ) { execution in
            let value = try await body(Guardian(pipe: execution.standardInputWriter))
            _ = try await execution.standardInputWriter.write("done 0\n")
            return value
        }.closureResult
    }

    /// Adds a child, or the group it leads, and the name of the signal that stops it in good order, such as `TERM`.
    func watch(_ child: ProcessIdentifier, isGroup: Bool = true, stopSignal: String) async throws {
        _ = try await pipe.write("\(stopSignal) \(isGroup ? -child.value : child.value)\n")
    }
}
