import EventStore
package import Logging
package import NIOCore
package import Orders
package import Postgres
package import Queues
package import Redis
package import ServiceLifecycle

/// One replica of the console as a list of services, in the order of their dependencies.
package struct ConsoleServices {
    /// Units of work that may wait for a connection, and how long.
    private static let (maxWaiters, waitTimeout): (Int, Duration) = (256, .seconds(5))
    /// How long one request may keep PostgreSQL busy; background work may take longer.
    private static let (requestTimeout, backgroundTimeout): (Duration, Duration) = (.seconds(5), .seconds(60))
    /// Connections of the background work: the feed, the list of orders, the counting, bulk operations.
    private static let backgroundConnections = 4

    package let services: [any Service]
    /// Every route there is.
    package let routes: [Route]
    private let pool: PostgresPool

    /// - Parameters:
    ///   - booking: what the orchestrators book, for explanations.
    ///   - mergePatience: how long an edit waits for an orchestrator to merge it before it is answered 202.
    ///   - pingInterval: how often a follower of the feed is pinged and its session looked at.
    ///   - refold: folds orders anew from their events, as `StatusMapping` wants it.
    ///   - announce: told the password that was made up for the first user.
    ///   - onStart: told the port once the server listens.
    package init(
        configuration: ConsoleConfiguration,
        database: PostgresConfiguration,
        redis redisConfiguration: RedisConfiguration,
        streams: DoorbellStreams,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        host: HostFacilities,
        booking: BookingPolicy,
        mergePatience: Duration = .seconds(2),
        pingInterval: Duration = .seconds(20),
        refold: @escaping @Sendable (PostgresPool, [OrderID]) async throws -> (changed: Int, leftAlone: Set<OrderID>),
        announce: @escaping @Sendable (String) -> Void = { _ in },
        onStart: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        let pool = Self.pool(database, size: configuration.databaseConnections, timeout: Self.requestTimeout, logger)
        let background = Self.pool(database, size: Self.backgroundConnections, timeout: Self.backgroundTimeout, logger)
        self.pool = pool
        let redis = RedisClient(configuration: redisConfiguration, eventLoopGroup: eventLoopGroup, logger: logger)
        let doorbells = DoorbellSender(redis: redis, streams: streams, logger: logger)
        let hasher = PasswordHasher(randomBytes: host.randomBytes)
        let tail = FeedTail(pool: background, configuration: configuration, logger: logger)
        let authenticator = Authenticator(pool: pool, trustsProxy: configuration.trustsProxy)
        let origins = OriginPolicy(allowed: configuration.origins)

        let table = Self.routes(
            pool: pool,
            hasher: hasher,
            doorbells: doorbells,
            tail: tail,
            authenticator: authenticator,
            configuration: configuration,
            host: host,
            booking: booking,
            mergePatience: mergePatience,
            mapping: StatusMapping(pool: background) { try await refold(background, $0) },
            logger: logger
        )
        routes = table.routes
        let responder = Responder(
            routes: table,
            assets: try AssetStore(builtIn: AssetStore.builtInFolder(), development: configuration.webDirectory),
            authenticator: authenticator,
            origins: origins,
            trustsProxy: configuration.trustsProxy,
            sendTimeout: configuration.sendTimeout,
            requestTimeout: configuration.requestTimeout,
            host: host,
            logger: logger
        )
        let server = ConsoleServer(
            configuration: configuration,
            channel: ConsoleChannel(
                responder: responder,
                sync: SyncUpgrade(authenticator: authenticator, origins: origins, host: host),
                feeds: SyncFeeds(tail: tail, authenticator: authenticator, pingInterval: pingInterval, logger: logger)
            ),
            eventLoopGroup: eventLoopGroup,
            logger: logger,
            onStart: onStart
        )
        let firstUser = FirstUser(
            pool: pool,
            hasher: hasher,
            password: configuration.adminPassword,
            host: host,
            logger: logger,
            announce: announce
        )
        services = [
            pool, background, redis, doorbells, firstUser, OrderListWriter(pool: background, logger: logger),
            ActivityWriter(pool: background, retentionHours: configuration.feedRetentionHours, logger: logger),
            BulkWorker(pool: background, doorbells: doorbells, host: host, logger: logger), tail, server,
        ]
    }

    /// Every route there is; what the description says is checked against it.
    static func routes(
        pool: PostgresPool,
        hasher: PasswordHasher,
        doorbells: DoorbellSender,
        tail: FeedTail,
        authenticator: Authenticator,
        configuration: ConsoleConfiguration,
        host: HostFacilities,
        booking: BookingPolicy,
        mergePatience: Duration,
        mapping: StatusMapping,
        logger: Logger
    ) -> RouteTable {
        var routes = ServiceRoutes(check: { try await Migrator.check(pool) }).routes
        routes += SessionRoutes(pool: pool, hasher: hasher, configuration: configuration, host: host).routes
        let editor = OrderEditor(pool: pool, doorbells: doorbells, host: host, mergePatience: mergePatience)
        routes += OrderRoutes(pool: pool, editor: editor, booking: booking).routes
        routes += FeedRoutes(tail: tail, authenticator: authenticator).routes
        routes += AccessRoutes(pool: pool, hasher: hasher, host: host).routes
        routes += AuditRoutes(pool: pool).routes
        routes += ViewRoutes(pool: pool, host: host).routes
        let activity = QueueActivity(pool: pool)
        routes += QueueRoutes(pool: pool, activity: activity).routes
        routes += DeadLetterRoutes(pool: pool).routes
        routes += BulkRoutes(pool: pool, host: host).routes
        routes += UnmappedRoutes(pool: pool, mapping: mapping, logger: logger).routes
        routes += AnalyticsRoutes(pool: pool, host: host).routes
        routes += OverviewRoutes(pool: pool, queues: activity, host: host).routes
        routes += ExportRoutes(pool: pool).routes
        return RouteTable(routes)
    }

    /// Throws unless PostgreSQL can be reached and its schema is current.
    package func checkDatabase() async throws {
        try await Migrator.check(pool)
    }

    private static func pool(
        _ database: PostgresConfiguration,
        size: Int,
        timeout: Duration,
        _ logger: Logger
    ) -> PostgresPool {
        var database = database
        database.applicationName = "console"
        database.serverSettings = PlannerSettings.byValue
        database.statementTimeout = timeout
        database.responseTimeout = timeout + .seconds(2)
        return PostgresPool(
            configuration: database,
            size: size,
            maxWaiters: Self.maxWaiters,
            waitTimeout: Self.waitTimeout,
            logger: logger
        )
    }
}
