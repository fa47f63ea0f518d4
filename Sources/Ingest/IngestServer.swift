import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import Orders
import ServiceLifecycle
import Synchronization

/// The public HTTP server: webhooks, callbacks, health.
package struct IngestServer: Service {
    private let configuration: IngestConfiguration
    private let receiver: WebhookReceiver
    private let coalescer: Coalescer
    private let logger: Logger
    private let onStart: @Sendable (Int) -> Void

    /// - Parameter onStart: told the port once the server listens.
    package init(
        configuration: IngestConfiguration,
        receiver: WebhookReceiver,
        coalescer: Coalescer,
        logger: Logger,
        onStart: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.receiver = receiver
        self.coalescer = coalescer
        self.logger = logger
        self.onStart = onStart
    }

    /// Serves until graceful shutdown, then until the open requests are answered.
    package func run() async throws {
        let timeout = TimeAmount(configuration.requestTimeout)
        let application = Application(
            router: router(),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [RequestDeadlineHandler(timeout: timeout)],
                    idleTimeout: TimeAmount(configuration.idleTimeout)
                )
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: nil,
                backlog: 1_024,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.maxConnections)
            ),
            onServerRunning: { [onStart] channel in onStart(channel.localAddress?.port ?? 0) },
            logger: logger
        )
        try await application.run()
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.post("/webhooks/shopify") { [receiver] request, _ in await receiver.shopify(request) }
        router.post("/webhooks/courier") { [receiver] request, _ in await receiver.courier(.native, request) }
        for provider in CourierProvider.allCases {
            router.post("/webhooks/couriers/\(provider.rawValue)") { [receiver] request, _ in
                await receiver.courier(provider, request)
            }
        }
        router.get("/health") { [coalescer] _, _ in
            coalescer.isAvailable
                ? Answer.json(.ok, Array(#"{"status":"healthy"}"#.utf8))
                : Answer.json(.serviceUnavailable, Array(#"{"status":"unhealthy","reason":"PostgreSQL cannot be reached"}"#.utf8))
        }
        return router
    }
}
