import EventStore
import Logging
import Postgres
import Queues
import Redis
import ServiceLifecycle

/// The part of a replica that does our own work on orders of the storefront; it runs whether couriers are booked or not.
struct ProcessingServices {
    /// Connections of the runner.
    private static let connections = 2
    /// Units of work that may wait for one of them, and how long.
    private static let (maxWaiters, waitTimeout): (Int, Duration) = (1_024, .seconds(5))

    let services: [any Service]

    /// - Parameter blocking: a client of the runner's own: its reads block.
    init(
        configuration: OrchestratorConfiguration,
        instance: String,
        database: PostgresConfiguration,
        commands: RedisClient,
        blocking: RedisClient,
        streams: DoorbellStreams,
        logger: Logger
    ) {
        let pool = PostgresPool(
            configuration: database,
            size: Self.connections,
            maxWaiters: Self.maxWaiters,
            waitTimeout: Self.waitTimeout,
            logger: logger
        )
        let runner = QueueRunner(
            .storefront,
            configuration: configuration.queues[.storefront] ?? QueueConfiguration(),
            handler: ProcessingHandler(pool: pool, logger: logger),
            pool: pool,
            blocking: blocking,
            commands: commands,
            streams: streams,
            worker: configuration.name,
            instance: instance,
            logger: logger
        )
        services = [pool, blocking, runner]
    }
}
