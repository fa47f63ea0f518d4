import EventStore
package import HTTPServing
package import Logging
package import NIOCore
import NIOHTTP1
package import Orders
package import Postgres
package import Queues
import ServiceLifecycle

/// The storefront as a part of a public server.
package struct StorefrontServices {
    /// In front of the names of metrics.
    private static let name = "storefront"
    /// Reads that may wait for a connection, and how long.
    private static let (maxReads, readWait): (Int, Duration) = (1_024, .seconds(2))

    /// To be handed to the server.
    package let part: PublicPart

    /// - Parameters:
    ///   - timers: where the ends of short waits are scheduled.
    ///   - now: the time at which an order is placed.
    package init(
        configuration: StorefrontConfiguration,
        database: PostgresConfiguration,
        doorbells: DoorbellSender,
        timers: any EventLoop,
        logger: Logger,
        now: @escaping @Sendable () -> Instant
    ) {
        var database = database
        database.applicationName = Self.name
        database.serverSettings = PlannerSettings.batches
        database.connectTimeout = configuration.commitTimeout
        database.statementTimeout = configuration.commitTimeout
        database.responseTimeout = configuration.commitTimeout + .milliseconds(200)
        let pool = PostgresPool(
            configuration: database,
            size: configuration.connections,
            maxWaiters: Self.maxReads,
            waitTimeout: Self.readWait,
            logger: logger
        )
        let coalescer = Coalescer(
            name: Self.name,
            limits: configuration.coalescerLimits,
            linger: StorefrontConfiguration.linger,
            timers: timers
        )
        let committer = OrderCommitter(
            transaction: OrderTransaction(shop: configuration.shop),
            doorbells: doorbells,
            logger: logger,
            now: now
        )
        let writers = (0..<configuration.writers).map { [database] _ in
            BatchWriter(name: Self.name, coalescer: coalescer, committer: committer, database: database, logger: logger)
        }
        let upkeep = AnswerUpkeep(pool: pool, hours: configuration.answerHours, logger: logger)
        let desk = FrontDesk(configuration: configuration, coalescer: coalescer, pool: pool, logger: logger)
        part = PublicPart(services: [pool, upkeep] + writers, routes: Self.routes(desk)) { coalescer.isAvailable }
    }

    private static func routes(_ desk: FrontDesk) -> Routes {
        let (products, orders) = (ProductOperations(desk: desk), OrderOperations(desk: desk))
        func read(_ operation: @escaping StorefrontEndpoint.Operation) -> StorefrontEndpoint {
            StorefrontEndpoint(desk: desk, access: .everybody, takesBody: false, operation: operation)
        }
        func change(_ operation: @escaping StorefrontEndpoint.Operation, takesBody: Bool = true) -> StorefrontEndpoint {
            StorefrontEndpoint(desk: desk, access: .administrators, takesBody: takesBody, operation: operation)
        }
        var routes = Routes()
        routes.add(.GET, StorefrontPath.products, read(products.list))
        routes.add(.POST, StorefrontPath.products, change(products.add))
        routes.add(.GET, "\(StorefrontPath.products)/{id}", read(products.show))
        routes.add(.PUT, "\(StorefrontPath.products)/{id}", change(products.replace))
        routes.add(.DELETE, "\(StorefrontPath.products)/{id}", change(products.remove, takesBody: false))
        routes.add(.GET, StorefrontPath.orders, read(orders.list))
        routes.add(.GET, "\(StorefrontPath.orders)/{id}", read(orders.show))
        let place = StorefrontEndpoint(desk: desk, access: .everybody, takesBody: true, operation: orders.place)
        routes.add(.POST, StorefrontPath.orders, place)
        return routes
    }
}
