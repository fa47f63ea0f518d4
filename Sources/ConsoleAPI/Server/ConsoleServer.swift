import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import ServiceRuntime

/// The console's HTTP server.
struct ConsoleServer: Service {
    /// Connections that the kernel holds until they are accepted.
    private static let backlog = 512

    let configuration: ConsoleConfiguration
    let channel: ConsoleChannel
    let eventLoopGroup: any EventLoopGroup
    let logger: Logger
    let onStart: @Sendable (Int) -> Void

    /// Serves until graceful shutdown.
    func run() async throws {
        OpenFiles.warn(unlessEnoughFor: configuration.maxConnections, setting: "CONSOLE_MAX_CONNECTIONS", logger: logger)
        let server = channel.server(
            configuration: ServerConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                backlog: Self.backlog,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.maxConnections)
            ),
            onServerRunning: { [onStart] channel in onStart(channel.localAddress?.port ?? 0) },
            eventLoopGroup: eventLoopGroup,
            logger: logger
        )
        try await ListenFault.explaining(
            "The console",
            host: configuration.host,
            port: configuration.port,
            settings: "CONSOLE_HOST, CONSOLE_PORT"
        ) { try await server.run() }
    }
}
