import EventStore
import Logging
import NIOCore
import Orders
import Postgres
import Queues
import Redis
import ServiceLifecycle
import ServiceRuntime

/// The part of a replica that calls the outside world, as a list of services in the order of their dependencies.
struct EffectServices {
    /// Connections that the runners of all queues share.
    private static let connections = 6
    /// Units of work that may wait for one of them, and how long.
    private static let (maxWaiters, waitTimeout): (Int, Duration) = (1_024, .seconds(5))

    let services: [any Service]

    init(
        configuration: OrchestratorConfiguration,
        instance: String,
        database: PostgresConfiguration,
        commands: RedisClient,
        doorbells: DoorbellSender,
        client: () -> RedisClient,
        streams: DoorbellStreams,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        now: @escaping @Sendable () -> Instant,
        failpoints: Failpoints
    ) {
        let pool = PostgresPool(
            configuration: database,
            size: Self.connections,
            maxWaiters: Self.maxWaiters,
            waitTimeout: Self.waitTimeout,
            logger: logger
        )
        let outbound = configuration.outbound
        func http(_ destination: String, _ url: String, _ timeout: Duration) -> OutboundClient {
            OutboundClient(
                destination: destination,
                baseURL: url,
                timeout: timeout,
                configuration: outbound,
                eventLoopGroup: eventLoopGroup,
                failpoints: failpoints
            )
        }
        let courierHTTP = http("courier", outbound.courierURL, outbound.courierTimeout)
        let shopifyHTTP = http("shopify", outbound.shopifyURL, outbound.shopifyTimeout)
        // A breaker for each address: what one of them does is no reason to leave the others alone.
        var shopifyHTTPs = [outbound.shopifyURL: shopifyHTTP]
        for (shop, url) in outbound.shopifyURLs.sorted(by: { $0.key < $1.key }) where shopifyHTTPs[url] == nil {
            shopifyHTTPs[url] = http("shopify-\(shop.lowercased())", url, outbound.shopifyTimeout)
        }
        let courier = CourierClient(http: courierHTTP, token: outbound.courierToken)
        let costs = CostLimiter(queue: .notifications, redis: commands, streams: streams)
        let shop = ShopifyAdminClient(
            http: shopifyHTTP,
            httpByShop: outbound.shopifyURLs.compactMapValues { shopifyHTTPs[$0] },
            configuration: outbound
        ) { status, shop in
            // The budget is a hint: without it the next call is refused and comes back.
            try? await costs.observe(status, shop: shop)
        }
        let records = OrderRecords(
            pool: pool,
            policy: configuration.booking,
            effects: configuration.effects,
            doorbells: doorbells,
            now: now
        )
        let handlers: [(Queue, any JobHandler)] = [
            (.bookings, BookingHandler(records: records, courier: courier)),
            (.courierCommands, CourierCommandHandler(records: records, courier: courier, effects: configuration.effects)),
            (.notifications, ShopNotificationHandler(records: records, shop: shop, costs: costs)),
        ]
        var services: [any Service] = [pool, courierHTTP] + shopifyHTTPs.values.map { $0 as any Service }
        for (queue, handler) in handlers {
            let blocking = client()
            let runner = QueueRunner(
                queue,
                configuration: configuration.queues[queue] ?? QueueConfiguration(),
                handler: handler,
                pool: pool,
                blocking: blocking,
                commands: commands,
                streams: streams,
                worker: configuration.name,
                instance: instance,
                logger: logger,
                failpoints: failpoints
            )
            services += [blocking, runner]
        }
        self.services = services
    }
}
