import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage
import Testing

/// A real process beside the test; its output goes to a file.
final class RunningProgram: Sendable {
    /// How to start a program.
    struct Launch: Sendable {
        var program: String
        var arguments: [String] = []
        /// The whole environment apart from `PATH`.
        var environment: [String: String] = [:]
        var account: ServerAccount?
        /// Where the program runs and where its log goes.
        var folder: TestFolder
    }

    private let name: String
    private let logPath: String
    private let processID: pid_t
    private let run: Task<TerminationStatus, any Error>

    /// Returns once the process exists.
    init(_ launch: Launch) async throws {
        name = String(launch.program.split(separator: "/").last ?? "")
        logPath = launch.folder.newPath("\(name).log")
        let (started, start) = AsyncThrowingStream.makeStream(of: pid_t.self)
        let configuration = Self.configuration(launch)
        let log = try FileDescriptor.open(
            FilePath(logPath),
            .writeOnly,
            options: [.create, .append, .closeOnExec],
            permissions: [.ownerReadWrite]
        )
        // Unstructured, because a test stops and starts programs in the middle of its story; `kill()` ends it.
        run = Task {
            do {
                return try await Subprocess.run(
                    configuration,
                    input: .none,
                    output: .fileDescriptor(log, closeAfterSpawningProcess: true),
                    error: .combinedWithOutput
                ) { execution in
                    start.yield(execution.processIdentifier.value)
                }.terminationStatus
            } catch {
                start.finish(throwing: error)
                throw error
            }
        }
        var starts = started.makeAsyncIterator()
        guard let processID = try await starts.next() else { throw CancellationError() }
        self.processID = processID
    }

    /// Everything the program has written so far.
    var log: String {
        String(decoding: FileManager.default.contents(atPath: logPath) ?? Data(), as: UTF8.self)
    }

    func send(_ signal: Int32) {
        _ = Glibc.kill(processID, signal)
    }

    /// How it ended, once it has.
    @discardableResult
    func ended() async throws -> TerminationStatus {
        try await run.value
    }

    /// Ends it with SIGKILL, unless it has ended, and keeps its log with the test's results.
    func kill() async {
        run.cancel()
        // How it ended is of no interest any more.
        _ = try? await run.value
        Attachment.record(log, named: "\(name).log")
    }

    private static func configuration(_ launch: Launch) -> Configuration {
        let command = launch.account?.command(launch.program, launch.arguments) ?? (launch.program, launch.arguments)
        let path = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
        let environment = launch.environment.merging(path) { given, _ in given }
        return Configuration(
            executable: command.0.contains("/") ? .path(FilePath(command.0)) : .name(command.0),
            arguments: Arguments(command.1),
            environment: .custom(
                environment.reduce(into: [:]) { result, variable in
                    if let key = Environment.Key(rawValue: variable.key) { result[key] = variable.value }
                }
            ),
            workingDirectory: FilePath(launch.folder.path)
        )
    }
}
