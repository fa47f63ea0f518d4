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
    /// That of `ingest`; those of the orchestrators follow it.
    static let usualAdminPort = 4_001
    static let sandboxName = "sandbox"

    /// The sandbox where no outside world is configured, `ingest`, the orchestrators, then the console: each found beside this
    /// program, and ours with an admin port of its own.
    ///
    /// - Parameter chosenAdminPort: that of `ingest`; when nobody has chosen it, usual ports that are taken make way for free ones.
    static func list(
        orchestrators: Int,
        console: ConsoleConfiguration?,
        adminPort chosenAdminPort: Int?,
        sandboxPort: Int?,
        ports: inout UpPorts,
        settings: inout SettingsReader
    ) async throws -> [UpService] {
        let folder = try ProgramFolder.ofThisProcess()
        let port = settings.int("PORT", default: 4_000, in: 1...65_535, "The port of `ingest`.")
        var services = [UpService(name: "ingest", program: "\(folder)/ingest", environment: [:])]
        services[0].port = try await ports.take(port, for: "ingest", option: "PORT")
        if let console {
            let chosen = settings.isSet("CONSOLE_PORT") ? console.port : nil
            let port = try await ports.take(chosen, usually: console.port, for: "the console", option: "CONSOLE_PORT")
            let environment = ["CONSOLE_PORT": String(port)]
            services.append(UpService(name: "console", program: "\(folder)/console", environment: environment, port: port))
        }
        let workers = (0..<orchestrators).map { index in
            let name = "orchestrator-\(index + 1)"
            return UpService(name: name, program: "\(folder)/orchestrator", environment: ["ORCHESTRATOR_NAME": name])
        }
        services.insert(contentsOf: workers, at: 1)
        for index in services.indices {
            let (name, offset) = (services[index].name, services[index].name == "console" ? consoleAdminOffset : index)
            services[index].adminPort = try await ports.take(
                chosenAdminPort.map { $0 + offset },
                usually: usualAdminPort + offset,
                for: "the admin port of \(name)",
                option: "--admin-port"
            )
        }
        let orchestrator = OrchestratorConfiguration(settings: &settings, defaultName: "ordersctl")
        if orchestrator.effects.isOn, !OutboundConfiguration.isDestinationSet(settings) {
            let usual = OutboundConfiguration.sandboxPort
            let own = try await ports.take(sandboxPort, usually: usual, for: "the sandbox", option: "--sandbox-port")
            let limit = orchestrator.queues[.notifications]?.rate
            services.insert(sandbox(folder, port: own, ingestPort: port, limit: limit), at: 0)
        }
        for program in Set(services.map(\.program)) where !FileManager.default.isExecutableFile(atPath: program) {
            throw CommandFailure("\(program) is missing; build everything with “make build”.")
        }
        return services
    }

    /// The outside world of local play; it holds what calls Shopify to the limit that is configured.
    private static func sandbox(_ folder: String, port: Int, ingestPort: Int, limit: RateLimit?) -> UpService {
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
        try await program.start(unless: interruption.check)
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
