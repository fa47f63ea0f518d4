import ConsoleAPI
import FoundationEssentials
import NIOPosix
import Orchestration
import Orders
import Postgres
import Queues
import Redis
import ServiceRuntime
import SystemPackage

/// The process for the people who run the shop's fulfilment.
@main
struct Main {
    static func main() async {
        await ServiceProcess.run(
            name: "console",
            purpose: "Shows orders, queues and what needs a person, live, and takes edits.",
            adminPort: 4101
        ) { settings in
            (
                console: ConsoleConfiguration(settings: &settings),
                database: DatabaseSettings(settings: &settings, as: PostgresConfiguration.init(url:)),
                redis: RedisSettings(settings: &settings, as: { try RedisConfiguration(url: $0) }),
                streams: DoorbellStreams(settings: &settings),
                rules: OrderRules(settings: &settings)
            )
        } services: { configuration, process in
            let listens = process.readiness.expectStart(of: "port")
            let console = try ConsoleServices(
                configuration: configuration.console,
                database: try PostgresConfiguration(url: configuration.database.url),
                redis: try RedisConfiguration(url: configuration.redis.url, caFile: configuration.redis.authority),
                streams: configuration.streams,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: process.logger,
                host: HostFacilities(
                    now: { Instant(Date.now) },
                    randomBytes: { count in (0..<count).map { _ in UInt8.random(in: .min ... .max) } }
                ),
                booking: configuration.rules.booking,
                refold: { pool, orders in
                    let (booking, effects) = (configuration.rules.booking, configuration.rules.effects)
                    return try await Refold(pool: pool, booking: booking, effects: effects).run(orders)
                },
                announce: announce,
                onStart: { _ in listens() }
            )
            process.readiness.add("postgres", console.checkDatabase)
            return console.services
        }
    }

    /// Says the first password, once. It is not buffered: nobody else knows it, also where the output is a pipe.
    @Sendable private static func announce(_ password: String) {
        let text = "The first user of the console is “admin”, the password is \(password)\n"
        _ = try? FileDescriptor.standardOutput.writeAll(text.utf8)
    }
}
