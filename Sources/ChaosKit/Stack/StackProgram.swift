import FoundationEssentials
import Glibc
package import Subprocess
import Synchronization
import SystemPackage

/// One process of a private stack: it can be killed, paused and started again, and it is noticed when it ends by itself.
package final class StackProgram: Sendable {
    /// How to start it.
    struct Launch: Sendable {
        /// The name for people and for the log file.
        var name: String
        /// An absolute path, or a name to be found on `PATH`.
        var program: String
        var arguments: [String] = []
        /// The whole environment apart from `PATH`.
        var environment: [String: String] = [:]
        var account: StackAccount?
        /// Where it runs and where its log goes.
        var folder: String
        /// Whether it does its work; asked until it says yes.
        var isReady: @Sendable () async -> Bool
    }

    /// Why a program could not be started or ended.
    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    private struct State {
        var run: Task<TerminationStatus, any Error>?
        var processID: pid_t?
        var isToEnd = false
        var ends: [String] = []
    }

    /// How long a start may take: crash recovery of PostgreSQL included.
    private static let startLimit = Duration.seconds(60)
    private static let readinessInterval = Duration.milliseconds(20)

    package let name: String
    private let launch: Launch
    private let guardian: StackGuardian
    private let state = Mutex(State())

    init(_ launch: Launch, guardian: StackGuardian) {
        name = launch.name
        self.launch = launch
        self.guardian = guardian
    }

    /// How it ended when nobody had asked it to, once for each time.
    package var unexpectedEnds: [String] { state.withLock { $0.ends } }

    /// The end of everything it has written.
    package func logTail(_ bytes: Int = 2_000) -> String {
        let log = FileManager.default.contents(atPath: logFile).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return String(log.suffix(bytes))
    }

    /// Starts the process and returns once it does its work.
    package func start() async throws {
        try await spawn()
        let start = ContinuousClock.now
        while await !launch.isReady() {
            guard start.duration(to: .now) < Self.startLimit, unexpectedEnds.isEmpty else {
                throw Fault(description: "\(name) did not become ready. The end of its log:\n\(logTail())")
            }
            try await Task.sleep(for: Self.readinessInterval)
        }
    }

    /// Sends a signal to the process, if there is one.
    package func send(_ signal: Int32) {
        if let processID = state.withLock({ $0.processID }) { _ = Glibc.kill(processID, signal) }
    }

    /// Ends the process with the signal and waits for its end.
    ///
    /// - Returns: how it ended; nil when there was none.
    @discardableResult
    package func end(with signal: Int32 = SIGKILL, within limit: Duration = .seconds(60)) async -> TerminationStatus? {
        let run = state.withLock { state in
            state.isToEnd = true
            return state.run
        }
        guard let run else { return nil }
        send(signal)
        let timer = Task {
            // Cancelled when the process has ended in time.
            if (try? await Task.sleep(for: limit)) != nil { send(SIGKILL) }
        }
        let status = try? await run.value
        timer.cancel()
        state.withLock { ($0.run, $0.processID) = (nil, nil) }
        return status
    }

    private var logFile: String { "\(launch.folder)/\(name).log" }

    private func spawn() async throws {
        let (started, start) = AsyncThrowingStream.makeStream(of: pid_t.self)
        let configuration = configuration
        let log = try FileDescriptor.open(
            FilePath(logFile),
            .writeOnly,
            options: [.create, .append, .closeOnExec],
            permissions: [.ownerReadWrite]
        )
        // Unstructured, because the process lives from one fault to another; `end` waits for it.
        let run = Task {
            do {
                let status = try await Subprocess.run(
                    configuration,
                    input: .none,
                    output: .fileDescriptor(log, closeAfterSpawningProcess: true),
                    error: .combinedWithOutput
                ) { execution in
                    start.yield(execution.processIdentifier.value)
                }.terminationStatus
                ended(status)
                return status
            } catch {
                start.finish(throwing: error)
                throw error
            }
        }
        state.withLock { ($0.run, $0.isToEnd) = (run, false) }
        var starts = started.makeAsyncIterator()
        guard let processID = try await starts.next() else { throw CancellationError() }
        state.withLock { $0.processID = processID }
        try await guardian.watch(processID)
    }

    private func ended(_ status: TerminationStatus) {
        state.withLock { state in
            if !state.isToEnd { state.ends.append("\(name) ended by itself: \(status)") }
        }
    }

    private var configuration: Configuration {
        let command = launch.account?.command(launch.program, launch.arguments) ?? (launch.program, launch.arguments)
        let path = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"]
        var options = PlatformOptions()
        // A group of its own, so that Ctrl-C reaches us only and the guardian can kill all of it.
        options.processGroupID = 0
        return Configuration(
            executable: command.0.contains("/") ? .path(FilePath(command.0)) : .name(command.0),
            arguments: Arguments(command.1),
            environment: .custom(
                launch.environment.merging(path) { given, _ in given }.reduce(into: [:]) { result, variable in
                    if let key = Environment.Key(rawValue: variable.key) { result[key] = variable.value }
                }
            ),
            workingDirectory: FilePath(launch.folder),
            platformOptions: options
        )
    }
}
