import HummingbirdCore
package import Logging
package import NIOCore
import ServiceLifecycle

/// The public HTTP server: webhooks, callbacks, health.
package struct IngestServer: Service {
    /// Connections that the kernel holds until they are accepted.
    private static let backlog = 1_024

    private let configuration: IngestConfiguration
    private let receiver: WebhookReceiver
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let onStart: @Sendable (Int) -> Void

    /// - Parameter onStart: told the port once the server listens.
    package init(
        configuration: IngestConfiguration,
        receiver: WebhookReceiver,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        onStart: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.receiver = receiver
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        self.onStart = onStart
    }

    /// Serves until graceful shutdown, then until the open requests are answered.
    package func run() async throws {
        let channel = RequestChannel(
            receiver: receiver,
            requestTimeout: TimeAmount(configuration.requestTimeout),
            idleTimeout: TimeAmount(configuration.idleTimeout)
        )
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
        try await server.run()
    }
}
