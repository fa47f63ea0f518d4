import EventStore
package import Logging
package import NIOCore
package import Orders
package import Postgres
package import Queues
package import Redis
package import ServiceLifecycle
package import ServiceRuntime

/// One replica of the orchestrator as a list of services, in the order of their dependencies.
package struct OrchestratorServices {
    /// Units of work that may wait for a connection, and how long.
    private static let (maxWaiters, waitTimeout): (Int, Duration) = (64, .seconds(5))

    package let services: [any Service]
    private let pool: PostgresPool
    private let redis: RedisClient

    /// - Parameters:
    ///   - instance: a name that no other replica has, nor this one before its restart.
    ///   - now: the time at which what a courier did is stored.
    package init(
        configuration: OrchestratorConfiguration,
        instance: String,
        database: PostgresConfiguration,
        redis redisConfiguration: RedisConfiguration,
        streams: DoorbellStreams,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        now: @escaping @Sendable () -> Instant,
        failpoints: Failpoints = .off
    ) {
        var database = database
        database.applicationName = "orchestrator"
        database.serverSettings = PlannerSettings.byKey
        let pool = PostgresPool(
            configuration: database,
            size: configuration.lanes + 1,
            maxWaiters: Self.maxWaiters,
            waitTimeout: Self.waitTimeout,
            logger: logger
        )
        func client() -> RedisClient {
            RedisClient(configuration: redisConfiguration, eventLoopGroup: eventLoopGroup, logger: logger)
        }
        let redis = client()
        let doorbells = DoorbellSender(redis: redis, streams: streams, logger: logger)
        let merger = BatchMerger(
            pool: pool,
            doorbells: doorbells,
            configuration: configuration,
            logger: logger,
            failpoints: failpoints
        )
        let lanes = (1...configuration.lanes).map { lane in
            let blocking = client()
            let listener = DoorbellListener(
                blocking: blocking,
                commands: redis,
                streams: streams,
                consumer: "\(configuration.name)-\(lane)"
            )
            let worker = OrderWorker(listener: listener, merger: merger, logger: logger, failpoints: failpoints)
            return (client: blocking, worker: worker)
        }
        let relay = Relay(pool: pool, redis: redis, streams: streams, configuration: configuration, logger: logger)
        self.pool = pool
        self.redis = redis
        let processing = ProcessingServices(
            configuration: configuration,
            instance: instance,
            database: database,
            commands: redis,
            blocking: client(),
            streams: streams,
            logger: logger
        )
        var services: [any Service] = [pool, redis, doorbells] + lanes.map(\.client) + lanes.map(\.worker) + [relay]
        services.append(PartitionUpkeep(pool: pool, logger: logger))
        services += processing.services
        if configuration.effects.isOn {
            services +=
                EffectServices(
                    configuration: configuration,
                    instance: instance,
                    database: database,
                    commands: redis,
                    doorbells: doorbells,
                    client: client,
                    streams: streams,
                    eventLoopGroup: eventLoopGroup,
                    logger: logger,
                    now: now,
                    failpoints: failpoints
                ).services
        }
        self.services = services
    }

    /// Throws unless PostgreSQL can be reached and its schema is current.
    package func checkDatabase() async throws {
        try await Migrator.check(pool)
    }

    /// Throws unless Redis answers.
    package func checkRedis() async throws {
        _ = try await redis.send(RedisCommand("PING"))
    }
}
