import EventStore
package import Logging
package import NIOCore
package import Orders
package import Postgres
package import Queues
package import Redis
package import ServiceLifecycle
package import ServiceRuntime

/// Ingest as a list of services, in the order of their dependencies: on shutdown the server stops first, then the writers
/// finish what waits, then the doorbells go out.
package struct IngestServices {
    package let services: [any Service]
    private let database: PostgresConfiguration
    private let logger: Logger

    /// - Parameters:
    ///   - now: the time of arrival that is stored with an event.
    ///   - onStart: told the public port once the server listens.
    package init(
        configuration: IngestConfiguration,
        database: PostgresConfiguration,
        redis: RedisConfiguration,
        streams: DoorbellStreams,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        now: @escaping @Sendable () -> Instant,
        failpoints: Failpoints = .off,
        onStart: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        var database = database
        database.applicationName = "ingest"
        database.serverSettings = PlannerSettings.batches
        database.connectTimeout = configuration.commitTimeout
        database.statementTimeout = configuration.commitTimeout
        database.responseTimeout = configuration.commitTimeout + .milliseconds(200)
        self.database = database
        self.logger = logger

        let client = RedisClient(configuration: redis, eventLoopGroup: eventLoopGroup, logger: logger)
        let doorbells = DoorbellSender(redis: client, streams: streams, logger: logger) {
            await failpoints.hit(.ingestBeforeDoorbell)
        }
        let coalescer = Coalescer(configuration: configuration, timers: eventLoopGroup.next())
        let writers = (0..<configuration.writers).map { [database] _ in
            EventWriter(
                coalescer: coalescer,
                database: database,
                doorbells: doorbells,
                logger: logger,
                failpoints: failpoints
            )
        }
        let receiver = WebhookReceiver(configuration: configuration, coalescer: coalescer, logger: logger, now: now)
        let server = IngestServer(
            configuration: configuration,
            receiver: receiver,
            eventLoopGroup: eventLoopGroup,
            logger: logger,
            onStart: onStart
        )
        services = [client, doorbells] + writers + [server]
    }

    /// Throws unless PostgreSQL can be reached and its schema is current.
    package func checkDatabase() async throws {
        let connection = try await PostgresConnection.connect(database, logger: logger)
        let outdated = try await connection.run { connection in
            defer { connection.close() }
            return try Migrator.outdated(connection)
        }
        if let outdated { throw SchemaError.outdated(outdated) }
    }
}
