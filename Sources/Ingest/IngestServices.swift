import EventStore
package import HTTPServing
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
    /// In front of the names of metrics.
    private static let name = "ingest"

    package let services: [any Service]
    private let database: PostgresConfiguration
    private let logger: Logger

    /// - Parameters:
    ///   - beside: another part that the server serves; it rings by the given doorbells.
    ///   - now: the time of arrival that is stored with an event.
    ///   - onStart: told the public port once the server listens.
    package init(
        configuration: IngestConfiguration,
        database: PostgresConfiguration,
        redis: RedisConfiguration,
        streams: DoorbellStreams,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger,
        beside other: (DoorbellSender) -> PublicPart = { _ in .none },
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
        configuration.announceUnsignedSources(logger)
        OpenFiles.warn(unlessEnoughFor: configuration.maxConnections, setting: "INGEST_MAX_CONNECTIONS", logger: logger)

        let client = RedisClient(configuration: redis, eventLoopGroup: eventLoopGroup, logger: logger)
        let doorbells = DoorbellSender(redis: client, streams: streams, logger: logger) {
            await failpoints.hit(.ingestBeforeDoorbell)
        }
        let coalescer = Coalescer(
            name: Self.name,
            limits: configuration.coalescerLimits,
            linger: configuration.linger,
            timers: eventLoopGroup.next()
        )
        let committer = EventCommitter(doorbells: doorbells, failpoints: failpoints, logger: logger)
        let writers = (0..<configuration.writers).map { [database] _ in
            BatchWriter(name: Self.name, coalescer: coalescer, committer: committer, database: database, logger: logger)
        }
        let part = other(doorbells)
        let receiver = WebhookReceiver(
            configuration: configuration,
            coalescer: coalescer,
            refusals: RefusalLog(logger: logger, timers: eventLoopGroup.next()),
            isOtherAvailable: part.isAvailable,
            now: now
        )
        var routes = receiver.routes
        routes.add(part.routes)
        let server = PublicServer(
            host: configuration.host,
            port: configuration.port,
            maxConnections: configuration.maxConnections,
            site: configuration.site(routes: routes, receiver: receiver, now: now),
            eventLoopGroup: eventLoopGroup,
            logger: logger,
            onStart: onStart
        )
        services = [client, doorbells] + writers + part.services + [server]
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

extension IngestConfiguration {
    /// What the connections of the public port share.
    package func site(routes: Routes, receiver: WebhookReceiver, now: @escaping @Sendable () -> Instant) -> PublicSite {
        PublicSite(
            routes: routes,
            maxBodiesBytes: maxBodiesBytes,
            requestTimeout: TimeAmount(requestTimeout),
            idleTimeout: TimeAmount(idleTimeout),
            now: now,
            refuse: { receiver.refuse($0, source: nil) }
        )
    }
}
