import EventStore
import LocalServers
import Logging
import Orders
import Postgres
import ServiceLifecycle

/// Starts the parts of a stack, one inside the other.
struct StackBuilder: Sendable {
    let options: StackOptions
    let folder: ServerFolder
    let guardian: Guardian
    let logger: Logger

    func with<Value: Sendable>(_ body: @escaping @Sendable (ChaosStack) async throws -> Value) async throws -> Value {
        let postgres = try await LocalPostgres.make(
            in: folder,
            port: LocalPort.free(),
            durability: .server,
            stopSignal: .kill,
            guardian: guardian,
            logger: logger
        )
        let redis = try LocalRedis(
            in: folder,
            port: try await LocalPort.free(),
            stopSignal: .kill,
            guardian: guardian,
            logger: logger
        )
        let ingest = TargetAddress(host: "127.0.0.1", port: try await LocalPort.free())
        let sandboxPort = try await LocalPort.free()
        let names = ["ingest"] + (0..<options.replicas).map { "orchestrator-\($0 + 1)" }
        var wanted: [WantedLink] = []
        var adminPorts: [Int] = []
        for name in names {
            adminPorts.append(try await LocalPort.free())
            for (server, port) in [(StackLink.Server.postgres, postgres.port), (.redis, redis.port)] {
                wanted.append(WantedLink(service: name, server: server, port: try await LocalPort.free(), target: port))
            }
        }
        let environment = environment(ingest: ingest, sandboxPort: sandboxPort)
        let database = Self.database(of: postgres)
        let (ways, admins) = (wanted, adminPorts)
        return try await during([postgres.program, redis.program]) {
            try await postgres.start()
            try await redis.program.start()
            let connection = try await PostgresConnection.connect(database, logger: logger)
            _ = try await connection.run { try Migrator.migrate($0) }
            await connection.close()
            return try await withLinks(ways[...], []) { links in
                let services = zip(names, admins).map { name, port in
                    service(name, adminPort: port, environment, links)
                }
                return try await withSandbox(port: sandboxPort, callbacksTo: ingest) { sandbox in
                    try await during(services) {
                        for service in services { try await service.start() }
                        return try await body(
                            ChaosStack(
                                options: options,
                                target: ingest,
                                database: database,
                                ingest: services[0],
                                orchestrators: Array(services.dropFirst()),
                                links: links,
                                sandbox: sandbox,
                                postgres: postgres,
                                redis: redis
                            )
                        )
                    }
                }
            }
        }
    }

    private struct WantedLink: Sendable {
        var service: String
        var server: StackLink.Server
        var port: Int
        var target: Int
    }

    /// For those who check, and must not notice any fault of a link.
    private static func database(of postgres: LocalPostgres) -> PostgresConfiguration {
        var configuration = postgres.configuration
        configuration.applicationName = "chaos"
        configuration.statementTimeout = .seconds(120)
        configuration.responseTimeout = .seconds(130)
        return configuration
    }

    /// Runs the body, which starts the programs; what is left of them afterwards is killed.
    private func during<Value: Sendable>(
        _ programs: [LocalProgram],
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        let outcome: Result<Value, any Error>
        do {
            outcome = .success(try await body())
        } catch {
            outcome = .failure(error)
        }
        for program in programs.reversed() { await program.end() }
        return try outcome.get()
    }

    private func withLinks<Value: Sendable>(
        _ wanted: ArraySlice<WantedLink>,
        _ links: [StackLink],
        _ body: @escaping @Sendable ([StackLink]) async throws -> Value
    ) async throws -> Value {
        guard let link = wanted.first else { return try await body(links) }
        let target = TargetAddress(host: "127.0.0.1", port: link.target)
        return try await FaultProxy.with(port: link.port, to: target) { proxy in
            try await withLinks(
                wanted.dropFirst(),
                links + [StackLink(service: link.service, server: link.server, proxy: proxy)],
                body
            )
        }
    }

    private func withSandbox<Value: Sendable>(
        port: Int,
        callbacksTo ingest: TargetAddress,
        _ body: @escaping @Sendable (Sandbox?) async throws -> Value
    ) async throws -> Value {
        guard options.booking else { return try await body(nil) }
        var world = SandboxOptions()
        world.port = port
        world.seed = options.seed
        world.callbacksTo = "http://\(ingest.hostHeader)"
        world.courierSecret = ChaosStack.secret
        world.limits = [CallLimit(scope: "shopify", calls: Self.shopCalls, window: .seconds(1))]
        let sandbox = Sandbox(options: world, logger: logger)
        let group = ServiceGroup(
            configuration: .init(services: sandbox.services.map { .init(service: $0) }, logger: logger)
        )
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let outcome: Result<Value, any Error>
            do {
                outcome = .success(try await body(sandbox))
            } catch {
                outcome = .failure(error)
            }
            await group.triggerGracefulShutdown()
            return try outcome.get()
        }
    }

    /// Calls to the Admin API allowed in every second, over all replicas and shops.
    private static let shopCalls = 40

    private func environment(ingest: TargetAddress, sandboxPort: Int) -> [String: String] {
        var environment = [
            "HOST": ingest.host, "PORT": "\(ingest.port)", "STREAM_PREFIX": "chaos:", "APP_ENV": "test", "LOG_LEVEL": "notice",
            "SHOPIFY_WEBHOOK_SECRETS": ChaosStack.secret, "BOOKING": options.booking ? "on" : "off",
        ]
        for provider in CourierProvider.allCases {
            environment["COURIER_\(provider.rawValue.uppercased())_SECRET"] = ChaosStack.secret
        }
        if options.booking {
            environment["COURIER_SERVICE_URL"] = "http://127.0.0.1:\(sandboxPort)"
            environment["SHOPIFY_ADMIN_SERVICE_URL"] = "http://127.0.0.1:\(sandboxPort)"
            environment["SHOPIFY_ADMIN_TOKEN"] = ChaosStack.secret
            environment["SHOPIFY_ADMIN_NOTIFICATIONS_RATE_MAX"] = "\(Self.shopCalls)"
            environment["BOOKING_CHECK_MS"] = "200"
            environment["QUEUE_DEFAULT_ATTEMPTS"] = "20"
            environment["QUEUE_DEFAULT_BACKOFF_MS"] = "500"
            environment["QUEUE_DEFAULT_BACKOFF_TYPE"] = "fixed"
        }
        return environment.merging(options.settings) { $1 }
    }

    private func service(
        _ name: String,
        adminPort: Int,
        _ shared: [String: String],
        _ links: [StackLink]
    ) -> LocalProgram {
        func port(_ server: StackLink.Server) -> Int {
            links.first { $0.service == name && $0.server == server }?.proxy.port ?? 0
        }
        var environment = shared
        environment["ADMIN_PORT"] = "\(adminPort)"
        environment["ORCHESTRATOR_NAME"] = name
        environment["DATABASE_URL"] = "postgresql://orders@127.0.0.1:\(port(.postgres))/orders"
        environment["REDIS_URL"] = "redis://127.0.0.1:\(port(.redis))/0"
        let probe = HTTPProbe(TargetAddress(host: "127.0.0.1", port: adminPort))
        var launch = LocalProgram.Launch(
            name: name,
            program: "\(options.programs)/\(name == "ingest" ? "ingest" : "orchestrator")",
            output: .file("\(folder.path)/\(name).log")
        )
        launch.environment = environment
        launch.folder = folder.path
        launch.stopSignal = .kill
        launch.isReady = { await probe.get("/readyz")?.status == 200 }
        return LocalProgram(launch, guardian: guardian)
    }
}
