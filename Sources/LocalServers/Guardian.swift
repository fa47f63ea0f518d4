package import Subprocess
import SystemPackage

/// A tiny shell that outlives this process and stops its children when it dies without a chance to do so itself.
///
/// The shell is told of each child over a pipe. The end of that pipe without the word `done` means that this process was
/// killed; the shell then stops the children, latest first, and removes the folder if one is named.
package actor Guardian {
    private static let script = """
        children=
        while read -r signal target; do
            if [ "$signal" = done ]; then exit 0; fi
            children="$signal:$target $children"
        done
        for child in $children; do
            kill -s "${child%%:*}" -- "${child#*:}" 2>/dev/null || continue
            case $child in KILL:*) ;; *) slow=yes; sleep 0.2 ;; esac
        done
        if [ -n "$1" ]; then
            if [ -n "$slow" ]; then sleep 3; fi
            rm -rf -- "$1"
        fi
        """

    private let pipe: StandardInputWriter

    private init(pipe: StandardInputWriter) {
        self.pipe = pipe
    }

    /// Runs the body with a guardian beside it, which removes the folder, if one is named, when we cannot.
    package static func during<Value: Sendable>(
        removing folder: String = "",
        _ body: (Guardian) async throws -> Value
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
                outcome = .success(try await body(Guardian(pipe: execution.standardInputWriter)))
            } catch {
                outcome = .failure(error)
            }
            _ = try await execution.standardInputWriter.write("done 0\n")
            return outcome
        }.closureResult.get()
    }

    /// Adds a child, or the group it leads, and the name of the signal that stops it in good order, such as `TERM`.
    package func watch(_ child: ProcessIdentifier, isGroup: Bool = true, stopSignal: String) async throws {
        _ = try await pipe.write("\(stopSignal) \(isGroup ? -child.value : child.value)\n")
    }
}
