import ArgumentParser
import ConsoleAPI
import FoundationEssentials
import LocalServers
import Orchestration
import ServiceRuntime

/// Starts everything this product needs on this machine, until Ctrl-C.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Runs ingest, orchestrators and the console, with private servers where none are configured.",
        discussion: """
            Without DATABASE_URL or the DB_ keys a private PostgreSQL is started in the folder .local (ORDERS_LOCAL_DIR names another), \
            without REDIS_URL or the REDIS_ keys a private Redis. Ctrl-C stops everything in good order; pressed \
            twice, at once.

            With a command after two dashes, the command is run when everything is ready; when it ends everything is stopped, and \
            its exit status becomes that of ordersctl.
            """
    )

    @Option(help: "How many orchestrators to run.")
    var orchestrators = 1

    @Flag(name: .customLong("no-console"), help: "Run everything but the console.")
    var withoutConsole = false

    @Flag(name: .customLong("no-services"), help: "Start and migrate the servers only.")
    var withoutServices = false

    @Flag(help: "Delete what the private servers stored before; with configured servers it is refused.")
    var empty = false

    @Option(help: "The port of the private PostgreSQL; a free one is taken by default.", transform: Bounded.number(Bounded.ports))
    var postgresPort: Int?

    @Option(help: "The port of the private Redis; a free one is taken by default.", transform: Bounded.number(Bounded.ports))
    var redisPort: Int?

    @Option(
        help: "The port of the sandbox; by default 4600, or a free one when that is taken.",
        transform: Bounded.number(Bounded.ports)
    )
    var sandboxPort: Int?

    @Option(
        help: "The admin port of ingest; orchestrators use those after it. By default 4001, or free ones where they are taken.",
        transform: Bounded.number(1...65_000)
    )
    var adminPort: Int?

    @Argument(parsing: .postTerminator, help: "A command to run when everything is ready, after two dashes.")
    var command: [String] = []

    func validate() throws {
        guard (0...64).contains(orchestrators) else { throw ValidationError("--orchestrators takes a number from 0 to 64.") }
    }

    func run() async throws {
        var settings = SettingsReader.ofProcess()
        if settings.environment == .production {
            throw CommandFailure("“ordersctl up” is for development; in production run the services under a supervisor.")
        }
        let file = settings.localServers
        try UpLock.take(file.folder)
        // What a killed predecessor left must not count as configured.
        try file.remove()
        settings = SettingsReader.ofProcess()
        let hasDatabase = DatabaseSettings.keys.contains(where: settings.isSet)
        let hasRedis = RedisSettings.keys.contains(where: settings.isSet)
        if empty, hasDatabase || hasRedis {
            throw CommandFailure(
                "--empty is for private servers, and the settings name a PostgreSQL or Redis: "
                    + "unset DATABASE_URL, REDIS_URL and the DB_ and REDIS_ keys."
            )
        }
        let secrets = UpSecrets.missing(in: settings)
        var ports = UpPorts()
        let servers = CommandServers(
            databaseURL: hasDatabase ? DatabaseSettings(settings: &settings, as: { $0 }).url : nil,
            redisURL: hasRedis ? RedisSettings(settings: &settings, as: { $0 }).url : nil,
            folder: file.folder,
            startsEmpty: empty,
            postgresPort: try await ports.take(ifChosen: postgresPort, for: "PostgreSQL", option: "--postgres-port"),
            redisPort: try await ports.take(ifChosen: redisPort, for: "Redis", option: "--redis-port"),
            durability: .machine
        )
        let service = ServiceConfiguration(settings: &settings, adminPort: adminPort ?? UpServices.usualAdminPort)
        let console = withoutServices || withoutConsole ? nil : ConsoleConfiguration(settings: &settings)
        let services =
            try await withoutServices
            ? []
            : UpServices.list(
                orchestrators: orchestrators,
                console: console,
                adminPort: adminPort,
                sandboxPort: sandboxPort,
                ports: &ports,
                settings: &settings
            )
        try settings.finish()
        ServiceProcess.bootstrap(configuration: service)
        let status = try await Interruption.status { interruption in
            try await Guardian.during { guardian in
                try await servers.during(guardian: guardian, interruption: interruption) { addresses in
                    let report = UpReport(
                        servers: servers,
                        addresses: addresses,
                        services: services,
                        secrets: secrets,
                        secretsFile: file.path
                    )
                    return try await serve(report, console, file: file, guardian: guardian, interruption: interruption)
                }
            }
        }
        Terminal.note("Everything has stopped.")
        if status != 0 { throw ExitCode(status) }
    }

    /// Runs the services until the operator, or the command, has had enough; returns the status to exit with.
    private func serve(
        _ report: UpReport,
        _ console: ConsoleConfiguration?,
        file: LocalServersFile,
        guardian: Guardian,
        interruption: Interruption
    ) async throws -> Int32 {
        var variables = report.secrets
        if report.servers.databaseURL == nil { variables[LocalServersFile.databaseKey] = report.addresses.databaseURL }
        if report.servers.redisURL == nil { variables[LocalServersFile.redisKey] = report.addresses.redisURL }
        if let sandbox = report.services.first(where: { $0.name == UpServices.sandboxName }) {
            variables[OutboundConfiguration.sandboxKey] = sandbox.address
        }
        try file.write(variables)
        defer {
            // A file that is left behind names a port on which nobody listens, which a client says clearly.
            try? file.remove()
        }
        var ready = report
        ready.signIn = try await DatabaseAccess.with(url: report.addresses.databaseURL) { database in
            try await MigrateCommand.migrate(on: database)
            // Elsewhere “admin” is a person: the console makes that user when there is none, and nobody takes it over.
            guard let console, report.servers.databaseURL == nil else { return nil }
            return try await LocalAdmin.prepare(password: console.adminPassword, on: database)
        }
        let text = ready.text
        return try await UpServices.during(report.services[...], guardian: guardian, interruption: interruption) {
            Terminal.show(text)
            defer { Terminal.note("Stopping.") }
            if !command.isEmpty {
                return try await GuestCommand(words: command).run(guardian: guardian, interruption: interruption)
            }
            await interruption.wait()
            return 0
        }
    }
}
