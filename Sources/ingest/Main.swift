import FoundationEssentials
import Ingest
import NIOPosix
import Orders
import Postgres
import Queues
import Redis
import ServiceRuntime

/// The process that the internet talks to.
@main
struct Main {
    static func main() async {
        await ServiceProcess.run(name: "ingest", adminPort: 4001) { settings in
            (
                ingest: IngestConfiguration(settings: &settings), database: DatabaseSettings(settings: &settings),
                redis: RedisSettings(settings: &settings), streams: DoorbellStreams(settings: &settings)
            )
        } services: { configuration, process in
            let ingest = IngestServices(
                configuration: configuration.ingest,
                database: try PostgresConfiguration(url: configuration.database.url),
                redis: try RedisConfiguration(url: configuration.redis.url),
                streams: configuration.streams,
                eventLoopGroup: MultiThreadedEventLoopGroup(numberOfThreads: configuration.ingest.eventLoops),
                logger: process.logger,
                now: { Instant(microseconds: Int64(Date.now.timeIntervalSince1970 * 1_000_000)) ?? .latest },
                failpoints: process.failpoints
            )
            process.readiness.add("postgres", ingest.checkDatabase)
            return ingest.services
        }
    }
}
