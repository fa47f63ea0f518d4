import Subprocess
import SystemPackage

/// A program that runs as long as a piece of work needs it.
struct ChildProcess: Sendable {
    /// Where the program's output goes.
    enum Output: Sendable {
        /// To standard error, every line behind the name of the child.
        case relayed
        /// To the end of a file.
        case file(String)
    }

    /// How the program is asked to end.
    enum StopSignal: String, Sendable {
        /// SIGTERM.
        case terminate = "TERM"
        /// SIGINT, which PostgreSQL takes for a fast shutdown.
        case interrupt = "INT"
    }

    /// The name for people.
    var name: String
    /// The absolute path of the program.
    var program: String
    var arguments: [String]
    /// Changes to the inherited environment.
    var environment: [String: String] = [:]
    var workingDirectory: String?
    /// The account to run as, where it is not our own.
    var account: ServerAccount?
    var output: Output
    var stopSignal = StopSignal.terminate
    /// How long the program may take to end before it is killed.
    var stopTimeout: Duration = .seconds(30)

    private enum Step<Value: Sendable>: Sendable {
        case ended(TerminationStatus)
        case finished(Value)
    }

    /// Runs the body while the program runs, then stops it and waits for its end; throws when it ends before the body does.
    func during<Value: Sendable>(
        guardian: Guardian,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Step<Value>.self) { group in
            group.addTask { .ended(try await run(guardian: guardian)) }
            group.addTask { .finished(try await body()) }
            defer { group.cancelAll() }
            switch try await group.next() {
            case .finished(let value):
                // Cancellation makes the run above go through its teardown: the stop signal, the wait, then SIGKILL.
                group.cancelAll()
                if case .ended(.signaled(9))? = try? await group.next() {
                    Terminal.note("\(name) did not end within \(stopTimeout) and was killed.")
                }
                return value
            case .ended(let status):
                throw CommandFailure("\(name) ended by itself: \(status).\(logHint)")
            case nil:
                throw CancellationError()
            }
        }
    }

    private var logHint: String {
        guard case .file(let path) = output else { return "" }
        return " The end of \(path):\n\(LogTail.lines(of: path))"
    }

    private var configuration: Configuration {
        var options = PlatformOptions()
        // A group of its own, so that Ctrl-C in the terminal reaches us only and the children end in order.
        options.processGroupID = 0
        account?.apply(to: &options)
        let stop: Signal = stopSignal == .interrupt ? .interrupt : .terminate
        options.teardownSequence = [.send(signal: stop, allowedDurationToNextStep: stopTimeout)]
        let changes = environment.map { (Environment.Key(rawValue: $0.key), Optional($0.value)) }
        return Configuration(
            executable: .path(FilePath(program)),
            arguments: Arguments(arguments),
            environment: .inherit.updating(
                changes.reduce(into: [:]) { result, change in
                    if let key = change.0 { result.updateValue(change.1, forKey: key) }
                }
            ),
            workingDirectory: workingDirectory.map { FilePath($0) },
            platformOptions: options
        )
    }

    private func run(guardian: Guardian) async throws -> TerminationStatus {
        switch output {
        case .file(let path):
            let file = try FileDescriptor.open(
                FilePath(path),
                .writeOnly,
                options: [.create, .append, .closeOnExec],
                permissions: [.ownerReadWrite]
            )
            return try await Subprocess.run(
                configuration,
                input: .none,
                output: .fileDescriptor(file, closeAfterSpawningProcess: true),
                error: .combinedWithOutput
            ) { execution in
                try await guardian.watch(execution.processIdentifier, stopSignal: stopSignal.rawValue)
            }.terminationStatus
        case .relayed:
            return try await Subprocess.run(
                configuration,
                input: .none,
                output: .sequence,
                error: .combinedWithOutput
            ) { execution in
                try await guardian.watch(execution.processIdentifier, stopSignal: stopSignal.rawValue)
                let lines = execution.standardOutput.strings(bufferingPolicy: .maxLineLength(1 << 20))
                // Unstructured, because what a program says while it is being stopped must be seen too.
                try await Task { for try await line in lines { Terminal.note("\(name) | \(line)") } }.value
            }.terminationStatus
        }
    }
}
