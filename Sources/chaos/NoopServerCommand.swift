import ArgumentParser
import ChaosKit
import Logging

/// The server that “chaos bench” compares ingest with.
struct NoopServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "noop-server",
        abstract: "Answers every webhook with 200 and does nothing; “chaos bench” measures against it.",
        shouldDisplay: false
    )

    @Option(help: "The port on the loopback address.")
    var port = 4_010

    func run() async throws {
        var logger = Logger(label: "noop-server")
        logger.logLevel = .warning
        try await NoopServer(port: port, logger: logger).run()
    }
}
