import FoundationEssentials
import Glibc
package import LocalServers
package import Logging
import Orders
package import Postgres
import ServiceLifecycle
import Subprocess

/// Everything of the product on this machine, owned by one run: a PostgreSQL and a Redis that may be killed, `ingest` and
/// orchestrators that reach them through fault proxies, and a sandbox of the outside world if couriers are to be booked.
package struct ChaosStack: Sendable {
    /// What signs Shopify's webhooks and couriers' callbacks here.
    package static let secret = "chaos-secret"
    /// How long a service may take to end in good order.
    private static let drainLimit = Duration.seconds(30)

    package let options: StackOptions
    /// Where webhooks go.
    package let target: TargetAddress
    /// The database, reached without a proxy.
    package let database: PostgresConfiguration
    package let ingest: LocalProgram
    package let orchestrators: [LocalProgram]
    package let links: [StackLink]
    package let sandbox: Sandbox?
    let postgres: LocalPostgres
    let redis: LocalRedis

    /// All processes.
    package var programs: [LocalProgram] { [postgres.program, redis.program, ingest] + orchestrators }

    /// Makes and starts everything, runs the body, and leaves nothing behind.
    package static func with<Value: Sendable>(
        _ options: StackOptions,
        logger: Logger,
        _ body: @escaping @Sendable (ChaosStack) async throws -> Value
    ) async throws -> Value {
        let temporary = FileManager.default.temporaryDirectory.path + "/orders-chaos-\(getpid())-\(options.seed)"
        let folder = options.folder ?? temporary
        // What is left when this fails is a folder in the system's temporary folder, which the system empties.
        defer { if options.folder == nil { try? FileManager.default.removeItem(atPath: folder) } }
        let passing = options.folder == nil ? folder : ""
        return try await Guardian.during(removing: passing) { guardian in
            let builder = StackBuilder(
                options: options,
                folder: try await ServerFolder.prepare(at: folder),
                guardian: guardian,
                logger: logger
            )
            return try await builder.with(body)
        }
    }

    /// Ends the services in good order, as an operator would; returns what went wrong with it.
    package func drain() async -> [String] {
        var faults: [String] = []
        for program in [ingest] + orchestrators {
            let status = await program.end(with: SIGTERM, within: Self.drainLimit)
            if status?.isSuccess != true {
                faults.append("\(program.name) \(status.map { "ended with \($0)" } ?? "had to be killed")")
            }
        }
        return faults
    }
}
