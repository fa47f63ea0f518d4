import FoundationEssentials
import Ingest
import NIOPosix
import Orders
import Postgres
import Queues
import Redis
import ServiceRuntime
import Storefront

/// The process that the internet talks to.
@main
struct Main {
    static func main() async {
        await ServiceProcess.run(
            name: "ingest",
            purpose: "Takes webhooks, callbacks of couriers and requests of the storefront, and makes them durable.",
            adminPort: 4001
        ) { settings in
            (
                ingest: IngestConfiguration(settings: &settings), storefront: StorefrontConfiguration(settings: &settings),
                database: DatabaseSettings(settings: &settings, as: PostgresConfiguration.init(url:)),
                redis: RedisSettings(settings: &settings, as: { try RedisConfiguration(url: $0) }),
                streams: DoorbellStreams(settings: &settings)
            )
        } services: { configuration, process in
            let database = try PostgresConfiguration(url: configuration.database.url)
            let eventLoopGroup = MultiThreadedEventLoopGroup(numberOfThreads: configuration.ingest.eventLoops)
            let now = { @Sendable in Instant(Date.now) }
            let listens = process.readiness.expectStart(of: "port")
            let ingest = IngestServices(
                configuration: configuration.ingest,
                database: database,
                redis: try RedisConfiguration(url: configuration.redis.url, caFile: configuration.redis.authority),
                streams: configuration.streams,
                eventLoopGroup: eventLoopGroup,
                logger: process.logger,
                beside: { doorbells in
                    StorefrontServices(
                        configuration: configuration.storefront,
                        database: database,
                        doorbells: doorbells,
                        timers: eventLoopGroup.next(),
                        logger: process.logger,
                        now: now
                    ).part
                },
                now: now,
                failpoints: process.failpoints,
                onStart: { _ in listens() }
            )
            process.readiness.add("postgres", ingest.checkDatabase)
            return ingest.services
        }
    }
}
