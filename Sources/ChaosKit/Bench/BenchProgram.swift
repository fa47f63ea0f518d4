import FoundationEssentials
import LocalServers

/// One of our own programs, run for a measurement and ended after it.
struct BenchProgram: Sendable {
    /// Why nothing could be measured.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// How long a program may take to start and to end.
    private static let patience = Duration.seconds(20)

    /// Where it answers `GET /readyz`.
    let readiness: TargetAddress
    private let program: LocalProgram

    /// - Parameters:
    ///   - path: the absolute path of the program.
    ///   - environment: changes to the inherited one.
    init(
        name: String,
        path: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        readiness: TargetAddress,
        logFile: String,
        guardian: Guardian
    ) {
        var launch = LocalProgram.Launch(name: name, program: path, output: .file(logFile))
        launch.arguments = arguments
        launch.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        (launch.startLimit, launch.stopLimit) = (Self.patience, Self.patience)
        launch.isReady = { await HTTPProbe(readiness).get("/readyz")?.status == 200 }
        self.readiness = readiness
        program = LocalProgram(launch, guardian: guardian)
    }

    /// Runs the body while the program is ready, then ends it in good order.
    ///
    /// - Parameter body: gets the process's number.
    func during<Value: Sendable>(_ body: @escaping @Sendable (Int32) async throws -> Value) async throws -> Value {
        try await program.start()
        return try await program.during { [program] in
            guard let id = program.processID else { throw Fault(description: "\(program.name) ended at once") }
            return try await body(id)
        }
    }
}
