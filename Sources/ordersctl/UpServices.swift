import ConsoleAPI
import FoundationEssentials
import LocalServers
import Orchestration
import Queues
import ServiceRuntime

/// One of our own processes that `ordersctl up` runs.
struct UpService: Sendable {
    var name: String
    var program: String
    var arguments: [String] = []
    /// Changes to the inherited environment.
    var environment: [String: String]
    /// The port for requests, where the process takes any.
    var port: Int?
    /// Nil for a process without admin endpoints.
    var adminPort: Int?

    /// Where it takes requests on this machine.
    var address: String? { port.map { "http://127.0.0.1:\($0)" } }

    /// Where the process says that it is ready.
    var readiness: (path: String, port: Int) {
        adminPort.map { ("/readyz", $0) } ?? ("/livez", port ?? 0)
    }
}

/// The processes that `ordersctl up` runs.
enum UpServices {
    /// How far the admin port of the console is from that of ingest: beyond those of all orchestrators.
    private static let consoleAdminOffset = 100
    static let sandboxName = "sandbox"

    /// The sandbox where no outside world is configured, `ingest`, the orchestrators, then the console: each found beside this
    /// program, and ours with an admin port of its own.
    static func list(
        orchestrators: Int,
        console: ConsoleConfiguration?,
        adminPort: Int,
        sandboxPort: Int?,
        settings: inout SettingsReader
    ) async throws -> [UpService] {
        let folder = try ProgramFolder.ofThisProcess()
        let port = settings.int("PORT", default: 4_000, in: 1...65_535, "The port of `ingest`.")
        let orchestrator = OrchestratorConfiguration(settings: &settings, defaultName: "ordersctl")
        let hasSandbox = orchestrator.effects.isOn && !OutboundConfiguration.isDestinationSet(settings)
        let sandbox =
            hasSandbox
            ? try await sandbox(
                folder,
                port: sandboxPort,
                ingestPort: port,
                limit: orchestrator.queues[.notifications]?.rate
            ) : nil
        let ingest = UpService(name: "ingest", program: "\(folder)/ingest", environment: [:], port: port, adminPort: adminPort)
        let workers = (0..<orchestrators).map { index in
            let name = "orchestrator-\(index + 1)"
            return UpService(
                name: name,
                program: "\(folder)/orchestrator",
                environment: ["ORCHESTRATOR_NAME": name],
                adminPort: adminPort + 1 + index
            )
        }
        var services = [sandbox].compactMap(\.self) + [ingest] + workers
        if let console {
            services.append(
                UpService(
                    name: "console",
                    program: "\(folder)/console",
                    environment: [:],
                    port: console.port,
                    adminPort: adminPort + consoleAdminOffset
                )
            )
        }
        for program in Set(services.map(\.program)) where !FileManager.default.isExecutableFile(atPath: program) {
            throw CommandFailure("\(program) is missing; build everything with “make build”.")
        }
        return services
    }

    /// The outside world of local play; it holds what calls Shopify to the limit that is configured.
    private static func sandbox(_ folder: String, port: Int?, ingestPort: Int, limit: RateLimit?) async throws -> UpService {
        let port = if let port { port } else { try await LocalPort.free(preferring: OutboundConfiguration.sandboxPort) }
        var arguments = ["sandbox", "--port", String(port), "--callbacks-to", "http://127.0.0.1:\(ingestPort)"]
        if let limit, limit.scope == .queue {
            arguments += ["--limit", "shopify=\(limit.maxStarts)/\(Int64(limit.window / .milliseconds(1)))ms"]
        }
        return UpService(name: sandboxName, program: "\(folder)/chaos", arguments: arguments, environment: [:], port: port)
    }

    /// Runs the body when all the services are ready; they stop one after the other, the last one first.
    static func during<Value: Sendable>(
        _ services: ArraySlice<UpService>,
        guardian: Guardian,
        interruption: Interruption,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let service = services.first else { return try await body() }
        let program = LocalProgram(launch(of: service), guardian: guardian)
        do {
            try await program.start(unless: interruption.check)
        } catch let fault as LocalServerFault {
            let (path, port) = service.readiness
            throw CommandFailure("\(fault) http://127.0.0.1:\(port)\(path) says why.")
        }
        return try await program.during {
            try await during(services.dropFirst(), guardian: guardian, interruption: interruption, body)
        }
    }

    private static func launch(of service: UpService) -> LocalProgram.Launch {
        let name = service.name
        var launch = LocalProgram.Launch(
            name: name,
            program: service.program,
            output: .lines { Terminal.note("\(name) | \($0)") }
        )
        launch.arguments = service.arguments
        launch.environment = ProcessInfo.processInfo.environment.merging(service.environment) { $1 }
        if let adminPort = service.adminPort { launch.environment["ADMIN_PORT"] = String(adminPort) }
        let (path, port) = service.readiness
        launch.isReady = { await HTTPProbe.status(of: path, port: port) == 200 }
        return launch
    }
}
