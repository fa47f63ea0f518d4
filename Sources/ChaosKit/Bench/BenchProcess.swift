import FoundationEssentials
import Subprocess
import SystemPackage

/// One of our own programs, run for a measurement and ended after it.
struct BenchProcess: Sendable {
    /// Why a program could not be measured.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// How long a program may take to start and to end.
    private static let patience = Duration.seconds(20)

    /// The name for people and for the log file.
    var name: String
    /// The absolute path of the program.
    var program: String
    var arguments: [String] = []
    /// Changes to the inherited environment.
    var environment: [String: String] = [:]
    /// Where it answers `GET /readyz`.
    var readiness: TargetAddress
    /// Where its output goes.
    var logFile: String

    /// Runs the body while the program is ready, then ends it with SIGTERM and waits for its end.
    ///
    /// - Parameter body: gets the process's number.
    func during<Value: Sendable>(_ body: @escaping @Sendable (Int32) async throws -> Value) async throws -> Value {
        let log = try FileDescriptor.open(
            FilePath(logFile),
            .writeOnly,
            options: [.create, .append, .closeOnExec],
            permissions: [.ownerReadWrite]
        )
        let outcome = try await Subprocess.run(
            configuration,
            input: .none,
            output: .fileDescriptor(log, closeAfterSpawningProcess: true),
            error: .combinedWithOutput
        ) { execution in
            do {
                try await waitUntilReady()
                let value = try await body(execution.processIdentifier.value)
                await execution.teardown(using: [.send(signal: .terminate, allowedDurationToNextStep: Self.patience)])
                return Result<Value, any Error>.success(value)
            } catch {
                await execution.teardown(using: [.send(signal: .terminate, allowedDurationToNextStep: Self.patience)])
                return .failure(error)
            }
        }
        return try outcome.closureResult.get()
    }

    private var configuration: Configuration {
        var changes: [Environment.Key: String?] = [:]
        for (name, value) in environment {
            if let key = Environment.Key(rawValue: name) { changes.updateValue(value, forKey: key) }
        }
        var options = PlatformOptions()
        options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: Self.patience)]
        return Configuration(
            executable: .path(FilePath(program)),
            arguments: Arguments(arguments),
            environment: .inherit.updating(changes),
            platformOptions: options
        )
    }

    private func waitUntilReady() async throws {
        let end = ContinuousClock.now + Self.patience
        while ContinuousClock.now < end {
            if await HTTPProbe(readiness).get("/readyz")?.status == 200 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        let log = FileManager.default.contents(atPath: logFile).map { String(decoding: $0, as: UTF8.self) } ?? ""
        throw Fault(description: "\(name) did not become ready. Its log:\n\(log.suffix(2_000))")
    }
}
