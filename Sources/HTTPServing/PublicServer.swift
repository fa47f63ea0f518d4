import HummingbirdCore
package import Logging
package import NIOCore
import ServiceLifecycle
import ServiceRuntime

/// A public HTTP server: one port, all routes of a site.
package struct PublicServer: Service {
    /// Connections that the kernel holds until they are accepted.
    private static let backlog = 1_024

    private let host: String
    private let port: Int
    private let maxConnections: Int
    private let site: PublicSite
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let onStart: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - maxConnections: most connections open at once; further ones wait to be accepted.
    ///   - onStart: told the port once the server listens.
    package init(
        host: String,
        port: Int,
        maxConnections: Int,
        site: PublicSite,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        onStart: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.maxConnections = maxConnections
        self.site = site
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        self.onStart = onStart
    }

    /// Serves until graceful shutdown, then until the open requests are answered.
    package func run() async throws {
        let server = RequestChannel(site: site).server(
            configuration: ServerConfiguration(
                address: .hostname(host, port: port),
                backlog: Self.backlog,
                availableConnectionsDelegate: MaximumAvailableConnections(maxConnections)
            ),
            onServerRunning: { [onStart] channel in onStart(channel.localAddress?.port ?? 0) },
            eventLoopGroup: eventLoopGroup,
            logger: logger
        )
        try await ListenFault.explaining("Webhooks and the storefront", host: host, port: port, settings: "HOST, PORT") {
            try await server.run()
        }
    }
}
