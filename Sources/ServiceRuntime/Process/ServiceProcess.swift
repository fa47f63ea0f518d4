import CoreMetrics
import Glibc
package import Logging
package import ServiceLifecycle
import UnixSignals

/// What a process hands to the services it starts.
package struct ServiceProcess: Sendable {
    /// The name of the executable.
    package let name: String
    /// The settings every process has.
    package let configuration: ServiceConfiguration
    /// The logger of the process.
    package let logger: Logger
    /// The place to add what `/readyz` checks.
    package let readiness: Readiness
    /// Where a test may let the process die or stall.
    package let failpoints: Failpoints

    /// The whole life of a process: read the configuration, set up logs and metrics, serve the admin endpoints, run the services, end.
    ///
    /// `configure` reads every setting of the process; nothing is opened before all of them are sound. `services` returns
    /// the services in the order of their dependencies: they stop in the opposite order on SIGTERM or SIGINT. The status is 0
    /// after a graceful end, else one of `ExitStatus`, and the fault is said in one sentence.
    ///
    /// - Parameter purpose: what the process is for, in one sentence for `--help`.
    package static func run<Configuration: Sendable>(
        name: String,
        purpose: String,
        adminPort: Int,
        configure: @Sendable (inout SettingsReader) -> Configuration,
        services: @Sendable (Configuration, ServiceProcess) async throws -> [any Service]
    ) async -> Never {
        switch ServiceArguments(CommandLine.arguments.dropFirst()) {
        case .run: break
        case .help:
            var settings = SettingsReader(layers: [[:]])
            _ = ServiceConfiguration(settings: &settings, adminPort: adminPort)
            _ = configure(&settings)
            print(ServiceArguments.help(name: name, purpose: purpose, settings: settings.settings))
            exit(EXIT_SUCCESS)
        case .version:
            print(ProductVersion.text)
            exit(EXIT_SUCCESS)
        case .unknown(let argument):
            StandardError.write("\(name) does not know “\(argument)”; “\(name) --help” explains it.\n")
            exit(ExitStatus.usage)
        }
        do {
            var settings = SettingsReader.ofProcess()
            let service = ServiceConfiguration(settings: &settings, adminPort: adminPort)
            let configuration = configure(&settings)
            try settings.finish()
            try await run(name: name, service: service) { try await services(configuration, $0) }
            exit(EXIT_SUCCESS)
        } catch let error as ConfigurationError {
            StandardError.write("\(name) cannot start. \(error)\n")
            exit(ExitStatus.configuration)
        } catch {
            StandardError.write("\(name) stopped because of a fault: \(error)\n")
            exit(ExitStatus.failure)
        }
    }

    /// Sets up what logging, metrics and signals need, once in a process; for tools that run no services.
    @discardableResult
    package static func bootstrap(configuration: ServiceConfiguration) -> PrometheusMetrics {
        // A peer that closed its connection is an error of that write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        LoggingSystem.bootstrap { label in
            var handler = LineLogHandler(
                label: label,
                level: configuration.logLevel,
                format: configuration.logFormat,
                timestamp: WallClock.timestamp,
                write: StandardError.write
            )
            handler.metadataProvider = .trace
            return handler
        }
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        return metrics
    }

    /// How long services may take to end once they are cancelled.
    private static let cancellationTime = Duration.seconds(5)

    private static func run(
        name: String,
        service: ServiceConfiguration,
        services: (ServiceProcess) async throws -> [any Service]
    ) async throws {
        let metrics = bootstrap(configuration: service)
        let readiness = Readiness(deadline: service.readinessDeadline)
        let logger = Logger(label: name)
        let process = ServiceProcess(
            name: name,
            configuration: service,
            logger: logger,
            readiness: readiness,
            failpoints: Failpoints(service.failpoints, logger: logger)
        )
        let admin = AdminServer(
            host: service.adminHost,
            port: service.adminPort,
            readiness: readiness,
            metrics: metrics,
            logger: logger
        )
        let (running, continuation) = AsyncStream.makeStream(of: Never.self)
        var group = ServiceGroupConfiguration(
            services: [admin] + (try await services(process)) + [DrainNotice(readiness: readiness, running: continuation)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        group.maximumGracefulShutdownDuration = service.shutdownTimeout
        logger.info(
            "The process starts",
            metadata: [
                "process.name": "\(name)", "app.environment": "\(service.environment.rawValue)",
                "admin.port": "\(service.adminPort)",
            ]
        )
        async let _ = EndGuard(name: name, patience: service.shutdownTimeout + cancellationTime).watch(running)
        try await ServiceGroup(configuration: group).run()
        logger.info("The process ended gracefully", metadata: ["process.name": "\(name)"])
    }
}
