import FoundationEssentials
import NIOPosix
import Orchestration
import Orders
import Postgres
import Queues
import Redis
import ServiceRuntime

/// The worker daemon; any number of replicas.
@main
struct Main {
    static func main() async {
        let host = ProcessInfo.processInfo.hostName
        await ServiceProcess.run(
            name: "orchestrator",
            purpose: "Merges events into orders, and calls couriers and Shopify; any number of replicas.",
            adminPort: 4002
        ) { settings in
            (
                orchestrator: OrchestratorConfiguration(settings: &settings, defaultName: host),
                database: DatabaseSettings(settings: &settings, as: PostgresConfiguration.init(url:)),
                redis: RedisSettings(settings: &settings, as: { try RedisConfiguration(url: $0) }),
                streams: DoorbellStreams(settings: &settings)
            )
        } services: { configuration, process in
            let orchestrator = OrchestratorServices(
                configuration: configuration.orchestrator,
                instance: UUID().uuidString,
                database: try PostgresConfiguration(url: configuration.database.url),
                redis: try RedisConfiguration(url: configuration.redis.url, caFile: configuration.redis.authority),
                streams: configuration.streams,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: process.logger,
                now: { Instant(Date.now) },
                failpoints: process.failpoints
            )
            process.readiness.add("postgres", orchestrator.checkDatabase)
            process.readiness.add("redis", orchestrator.checkRedis)
            return orchestrator.services
        }
    }
}
