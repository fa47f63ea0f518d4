package import ServiceRuntime

/// Settings of the console.
///
/// Keys: `CONSOLE_HOST`, `CONSOLE_PORT`, `CONSOLE_ADMIN_PASSWORD`, `CONSOLE_ORIGINS`, `CONSOLE_TRUST_PROXY`, `CONSOLE_SESSION_HOURS`,
/// `CONSOLE_WEB_DIRECTORY`, `CONSOLE_REQUEST_TIMEOUT_MS`, `CONSOLE_SEND_TIMEOUT_MS`, `CONSOLE_MAX_CONNECTIONS`, `CONSOLE_MAX_FEEDS`,
/// `CONSOLE_DATABASE_CONNECTIONS`, `CONSOLE_FEED_POLL_MS`, `CONSOLE_FEED_RETENTION_HOURS`.
package struct ConsoleConfiguration: Sendable {
    package var environment: AppEnvironment
    package var host: String
    package var port: Int
    package var adminPassword: String?
    package var origins: [String]
    package var trustsProxy: Bool
    package var sessionHours: Int
    package var webDirectory: String?
    package var requestTimeout: Duration
    package var sendTimeout: Duration
    package var maxConnections: Int
    package var maxFeeds: Int
    package var databaseConnections: Int
    package var feedPoll: Duration
    package var feedRetentionHours: Int

    /// Largest accepted request body.
    static let maxBodyBytes = 256 << 10
    /// Largest accepted head of a request: a line has room for the largest filter.
    static let (maxHeadBytes, maxHeadLineBytes) = (48 << 10, 32 << 10)
    /// How long a client may take to send its first request, and may stay silent between two.
    static let idleSeconds: Int64 = 60
    /// Requests whose bodies and answers are under way at once beyond which one more is answered 503.
    static let maxRequests = 512

    package init(settings: inout SettingsReader) {
        environment = settings.environment
        host = settings.string(
            "CONSOLE_HOST",
            default: "127.0.0.1",
            "The address that the console listens on; it is meant for a private network or a proxy with TLS."
        )
        port = settings.int("CONSOLE_PORT", default: 4_100, in: 0...65_535, "The port of the console.")
        adminPassword = settings.secret(
            "CONSOLE_ADMIN_PASSWORD",
            "The password of the first user, admin; made up and printed once when there is no user and it is not set."
        )
        origins = settings.list(
            "CONSOLE_ORIGINS",
            "Further origins, as https://console.example.com, whose pages may call the console; its own is always allowed."
        )
        trustsProxy = settings.bool(
            "CONSOLE_TRUST_PROXY",
            default: false,
            "Whether a proxy in front sets X-Forwarded-For and X-Forwarded-Proto; with https the cookie is marked Secure."
        )
        sessionHours = settings.int(
            "CONSOLE_SESSION_HOURS",
            default: 12,
            in: 1...720,
            unit: "hours",
            "How long a person stays signed in."
        )
        webDirectory = settings.string(
            "CONSOLE_WEB_DIRECTORY",
            "A folder whose pages are served instead of the built-in ones, read anew for each request; for development."
        )
        requestTimeout = settings.duration(
            milliseconds: "CONSOLE_REQUEST_TIMEOUT_MS",
            default: 10_000,
            in: 100...600_000,
            "How long a client may take to send the body of one request; then it is answered 408."
        )
        sendTimeout = settings.duration(
            milliseconds: "CONSOLE_SEND_TIMEOUT_MS",
            default: 60_000,
            in: 100...3_600_000,
            "How long a client may take nothing of an answer, an export or the live feed before its connection is closed."
        )
        maxConnections = settings.int(
            "CONSOLE_MAX_CONNECTIONS",
            default: 2_000,
            in: 16...100_000,
            unit: "connections",
            "Most connections open at once; further ones wait to be accepted."
        )
        maxFeeds = settings.int(
            "CONSOLE_MAX_FEEDS",
            default: 1_000,
            in: 1...50_000,
            unit: "connections",
            "Most live feeds at once; one more is refused."
        )
        databaseConnections = settings.int(
            "CONSOLE_DATABASE_CONNECTIONS",
            default: 6,
            in: 1...64,
            unit: "connections",
            "Connections to PostgreSQL for requests; the background work has four more."
        )
        feedPoll = settings.duration(
            milliseconds: "CONSOLE_FEED_POLL_MS",
            default: 10,
            in: 1...1_000,
            "How often the change log is looked at while anybody follows the live feed."
        )
        feedRetentionHours = settings.int(
            "CONSOLE_FEED_RETENTION_HOURS",
            default: 168,
            in: 1...8_760,
            unit: "hours",
            "How long the change log is kept; who comes back later reads everything anew."
        )
        if settings.environment == .production, webDirectory != nil {
            settings.refuse("CONSOLE_WEB_DIRECTORY", because: "is for development only")
        }
    }
}
