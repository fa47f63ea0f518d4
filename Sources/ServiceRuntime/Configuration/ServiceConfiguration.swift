package import Logging

/// What every process needs before it does anything of its own.
///
/// Keys: `APP_ENV`, `LOG_LEVEL`, `LOG_FORMAT`, `ADMIN_HOST`, `ADMIN_PORT`, `READINESS_DEADLINE_MS`, `SHUTDOWN_TIMEOUT_MS`, `FAILPOINTS`.
package struct ServiceConfiguration: Sendable {
    /// The form of a log line.
    package enum LogFormat: String, CaseIterable, Sendable {
        /// One line for people.
        case text
        /// One JSON object a line, for machines.
        case json
    }

    /// Where the process runs.
    package var environment: AppEnvironment
    /// The least severe level that is written.
    package var logLevel: Logger.Level
    /// The form of a log line.
    package var logFormat: LogFormat
    /// The address the admin endpoints listen on.
    package var adminHost: String
    /// The port of the admin endpoints.
    package var adminPort: Int
    /// How long each readiness check may take.
    package var readinessDeadline: Duration
    /// How long a graceful end may take before the process is cancelled.
    package var shutdownTimeout: Duration
    /// Where the process dies or stalls; empty in production.
    package var failpoints: [Failpoint: FailpointPlan]

    /// Reads the settings; the default of the admin port belongs to the process.
    package init(settings: inout SettingsReader, adminPort defaultAdminPort: Int, adminPortNote: String? = nil) {
        environment = settings.environment
        logLevel = settings.choice("LOG_LEVEL", default: .info, "The least severe level that is written to the log.")
        logFormat = settings.choice("LOG_FORMAT", default: .text, "The form of a log line: for people or for machines.")
        adminHost = settings.string(
            "ADMIN_HOST",
            default: "127.0.0.1",
            "The address of the admin endpoints; they have no sign-in, so keep them off public networks."
        )
        adminPort = settings.int(
            "ADMIN_PORT",
            default: defaultAdminPort,
            in: 1...65_535,
            defaultNote: adminPortNote,
            "The port of `/livez`, `/readyz` and `/metrics`."
        )
        readinessDeadline = settings.duration(
            milliseconds: "READINESS_DEADLINE_MS",
            default: 1_000,
            in: 10...60_000,
            "How long each check of `/readyz` may take."
        )
        shutdownTimeout = settings.duration(
            milliseconds: "SHUTDOWN_TIMEOUT_MS",
            default: 20_000,
            in: 100...600_000,
            "How long the process may take to finish its work after SIGTERM."
        )
        failpoints = settings.failpoints()
    }
}
