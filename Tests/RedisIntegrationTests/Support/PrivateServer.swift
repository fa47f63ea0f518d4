import Foundation
import LocalServers
import Redis

/// A `redis-server` of one test, for faults that would disturb other tests.
final class PrivateServer: Sendable {
    let port: Int
    private let process: ChildProcess

    /// - Parameter options: as on the command line, for example `["--requirepass", "secret"]`; the argument is the port.
    init(port: Int? = nil, options: @Sendable (Int) -> [String] = { ["--port", "\($0)"] }) async throws {
        self.port = if let port { port } else { try await LocalPort.free() }
        let common = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]
        self.process = try ChildProcess(["redis-server"] + options(self.port) + common)
    }

    var configuration: RedisConfiguration {
        RedisConfiguration(host: "127.0.0.1", port: port)
    }

    /// Returns when the server is gone.
    func stop() async {
        process.terminate()
        _ = await process.exitStatus()
    }
}

/// A program of the search path, without output; it ends with its last reference.
final class ChildProcess: Sendable {
    private let process = Process()
    private let exit: AsyncStream<Void>

    init(_ commandLine: [String]) throws {
        let (exit, continuation) = AsyncStream.makeStream(of: Void.self)
        self.exit = exit
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = commandLine
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
    }

    deinit {
        terminate()
    }

    /// Kills, because the child inherits the signal mask of a Dispatch thread, in which SIGTERM is blocked.
    func terminate() {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    func exitStatus() async -> Int32 {
        for await _ in exit {}
        return process.isRunning ? -1 : process.terminationStatus
    }
}
