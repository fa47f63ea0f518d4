import FoundationEssentials
import Glibc
package import Subprocess
import Synchronization
import SystemPackage

/// One process of this machine: it can be started, paused, killed and started again, and is noticed when it ends by itself.
package final class LocalProgram: Sendable {
    /// Where what it writes goes.
    package enum Output: Sendable {
        /// To the end of a file.
        case file(String)
        /// Line by line to somebody.
        case lines(@Sendable (String) -> Void)
    }

    /// How it is asked to end in good order.
    package enum StopSignal: String, Sendable {
        case terminate = "TERM"
        /// PostgreSQL takes it for a fast shutdown.
        case interrupt = "INT"
        /// For one that nobody has to say goodbye to.
        case kill = "KILL"

        var number: Int32 {
            switch self {
            case .terminate: SIGTERM
            case .interrupt: SIGINT
            case .kill: SIGKILL
            }
        }
    }

    /// How to start it.
    package struct Launch: Sendable {
        /// The name for people.
        package var name: String
        /// An absolute path, or a name to be found on `PATH`.
        package var program: String
        package var arguments: [String] = []
        /// The whole environment apart from `PATH`.
        package var environment: [String: String] = [:]
        package var account: ServerAccount?
        /// Where it runs; our own folder by default.
        package var folder: String?
        package var output: Output
        package var stopSignal = StopSignal.terminate
        /// How long it may take to end in good order before it is killed.
        package var stopLimit = Duration.seconds(30)
        /// How long it may take to do its work.
        package var startLimit = Duration.seconds(60)
        /// Whether it does its work; asked until it says yes.
        package var isReady: @Sendable () async -> Bool = { true }

        package init(name: String, program: String, output: Output) {
            self.name = name
            self.program = program
            self.output = output
        }
    }

    private struct State {
        var run: Task<TerminationStatus, any Error>?
        var processID: pid_t?
        var isToEnd = false
        var ends: [String] = []
    }

    private static let readinessInterval = Duration.milliseconds(20)

    package let launch: Launch
    private let guardian: Guardian
    private let state = Mutex(State())

    package init(_ launch: Launch, guardian: Guardian) {
        self.launch = launch
        self.guardian = guardian
    }

    package var name: String { launch.name }

    /// The number of the process while there is one.
    package var processID: Int32? { state.withLock { $0.processID } }

    /// How it ended when nobody had asked it to, once for each time.
    package var unexpectedEnds: [String] { state.withLock { $0.ends } }

    /// Everything it has written to its file.
    package var log: String {
        guard case .file(let path) = launch.output else { return "" }
        return FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Starts the process and returns once it does its work.
    ///
    /// - Parameters:
    ///   - more: added to its environment for this start.
    ///   - check: throws when the start is not wanted any more.
    package func start(adding more: [String: String] = [:], unless check: () throws -> Void = {}) async throws {
        try check()
        try await spawn(adding: more)
        do {
            let start = ContinuousClock.now
            while await !launch.isReady() {
                try check()
                guard state.withLock({ $0.processID }) != nil else { throw fault("ended before it was ready") }
                guard start.duration(to: .now) < launch.startLimit else {
                    throw fault("was not ready within \(launch.startLimit)")
                }
                try await Task.sleep(for: Self.readinessInterval)
            }
        } catch {
            await stop()
            throw error
        }
    }

    /// Starts the process and returns once it exists.
    package func spawn(adding more: [String: String] = [:]) async throws {
        let (started, start) = AsyncThrowingStream.makeStream(of: Void.self)
        let configuration = configuration(adding: more)
        state.withLock { $0.isToEnd = false }
        // Unstructured, because the process lives from one fault to another; `ended` waits for it.
        let run = Task {
            do {
                let status = try await execute(configuration) { [self] processID in
                    state.withLock { $0.processID = processID.value }
                    try await guardian.watch(processID, stopSignal: launch.stopSignal.rawValue)
                    start.finish()
                }
                ended(status)
                return status
            } catch {
                start.finish(throwing: error)
                throw error
            }
        }
        state.withLock { $0.run = run }
        for try await _ in started {}
    }

    /// Runs the body while the started process runs, then stops it; throws when the process ends before the body does.
    package func during<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let run = state.withLock { $0.run }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                let outcome: Result<Value, any Error>
                do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
                await self.stop()
                return try outcome.get()
            }
            group.addTask {
                let status = try await run?.value
                if self.state.withLock({ $0.isToEnd }) { return nil }
                throw self.fault("ended by itself: \(status.map { "\($0)" } ?? "it was not running")")
            }
            defer { group.cancelAll() }
            while let outcome = try await group.next() {
                if let value = outcome { return value }
            }
            throw CancellationError()
        }
    }

    /// Sends a signal to the process, if there is one.
    package func send(_ signal: Int32) {
        state.withLock { if let processID = $0.processID { _ = Glibc.kill(processID, signal) } }
    }

    /// Ends the process in good order; returns whether it ended in time and was not killed.
    @discardableResult
    package func stop() async -> Bool {
        await end(with: launch.stopSignal.number, within: launch.stopLimit) != nil
    }

    /// Ends the process with the signal and waits for its end.
    ///
    /// - Returns: how it ended; nil when it did not end in time and was killed, or when there was none.
    @discardableResult
    package func end(with signal: Int32 = SIGKILL, within limit: Duration = .seconds(60)) async -> TerminationStatus? {
        state.withLock { $0.isToEnd = true }
        send(signal)
        return await ended(within: limit)
    }

    /// Waits for an end that somebody wants: it was told to end, or ends by itself as it should.
    ///
    /// - Returns: how it ended; nil when it did not end in time and was killed, or when there was none.
    @discardableResult
    package func ended(within limit: Duration = .seconds(60)) async -> TerminationStatus? {
        let run = state.withLock { state in
            state.isToEnd = true
            return state.run
        }
        guard let run else { return nil }
        let timer = Task {
            // Cancelled when the process has ended in time.
            guard (try? await Task.sleep(for: limit)) != nil else { return false }
            send(SIGKILL)
            return true
        }
        let status = try? await run.value
        timer.cancel()
        return await timer.value ? nil : status
    }

    private func ended(_ status: TerminationStatus) {
        state.withLock { state in
            state.processID = nil
            if !state.isToEnd { state.ends.append("\(name) ended by itself: \(status)") }
        }
    }

    private func fault(_ what: String) -> LocalServerFault {
        let lines = log.split(whereSeparator: \.isNewline).suffix(15).map { "    \($0)" }
        return LocalServerFault(
            "\(name) \(what).\(lines.isEmpty ? "" : " The end of its log:\n\(lines.joined(separator: "\n"))")"
        )
    }
}

extension LocalProgram {
    private func execute(
        _ configuration: Configuration,
        _ started: @escaping @Sendable (ProcessIdentifier) async throws -> Void
    ) async throws -> TerminationStatus {
        switch launch.output {
        case .file(let path):
            let log = try FileDescriptor.open(
                FilePath(path),
                .writeOnly,
                options: [.create, .append, .closeOnExec],
                permissions: [.ownerReadWrite]
            )
            return try await Subprocess.run(
                configuration,
                input: .none,
                output: .fileDescriptor(log, closeAfterSpawningProcess: true),
                error: .combinedWithOutput
            ) { try await started($0.processIdentifier) }.terminationStatus
        case .lines(let write):
            return try await Subprocess.run(configuration, input: .none, output: .sequence, error: .combinedWithOutput) {
                try await started($0.processIdentifier)
                for try await line in $0.standardOutput.strings(bufferingPolicy: .maxLineLength(1 << 20)) { write(line) }
            }.terminationStatus
        }
    }

    private func configuration(adding more: [String: String]) -> Configuration {
        let command = launch.account?.command(launch.program, launch.arguments) ?? (launch.program, launch.arguments)
        var environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"]
        environment.merge(launch.environment) { $1 }
        environment.merge(more) { $1 }
        var options = PlatformOptions()
        // A group of its own, so that Ctrl-C reaches us only, children end in order, and the guardian can stop all of it.
        options.processGroupID = 0
        return Configuration(
            executable: command.0.contains("/") ? .path(FilePath(command.0)) : .name(command.0),
            arguments: Arguments(command.1),
            environment: .custom(
                environment.reduce(into: [:]) { result, variable in
                    if let key = Environment.Key(rawValue: variable.key) { result[key] = variable.value }
                }
            ),
            workingDirectory: launch.folder.map { FilePath($0) },
            platformOptions: options
        )
    }
}
