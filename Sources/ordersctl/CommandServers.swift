import LocalServers
import Logging

/// The servers that a command starts for others to use: a private PostgreSQL and a private Redis, or the addresses of those that are
/// configured instead.
struct CommandServers: Sendable {
    /// Where clients find the servers.
    struct Addresses: Sendable {
        var databaseURL: String
        var redisURL: String
        /// Where the servers that were started keep their data and logs; `nil` when none were.
        var folder: String?
    }

    /// The address of a configured PostgreSQL; `nil` starts a private one.
    var databaseURL: String?
    /// The address of a configured Redis; `nil` starts a private one.
    var redisURL: String?
    /// The absolute path of the folder for what is started.
    var folder: String
    /// Whether private servers start without what they stored before.
    var startsEmpty = false
    var postgresPort: Int?
    var redisPort: Int?
    var durability: LocalPostgres.Durability

    /// Runs the body while the servers run; Redis stops before PostgreSQL.
    func during<Value: Sendable>(
        guardian: Guardian,
        interruption: Interruption,
        _ body: @escaping @Sendable (Addresses) async throws -> Value
    ) async throws -> Value {
        if let databaseURL, let redisURL { return try await body(Addresses(databaseURL: databaseURL, redisURL: redisURL)) }
        // What a server does not answer yet is nothing to be told about.
        let logger = Logger(label: "ordersctl") { _ in SwiftLogNoOpLogHandler() }
        let folder = try await ServerFolder.prepare(at: folder, isEmptied: startsEmpty)
        let redis = try LocalRedis(in: folder, port: try await port(redisPort), guardian: guardian, logger: logger)
        let postgresPort = try await port(postgresPort)
        let withRedis: @Sendable (String) async throws -> Value = { databaseURL in
            let addresses = Addresses(databaseURL: databaseURL, redisURL: redisURL ?? redis.url, folder: folder.path)
            if redisURL != nil { return try await body(addresses) }
            try await redis.program.start(unless: interruption.check)
            return try await redis.program.during { try await body(addresses) }
        }
        if let databaseURL { return try await withRedis(databaseURL) }
        let postgres = try await LocalPostgres.make(
            in: folder,
            port: postgresPort,
            durability: durability,
            guardian: guardian,
            logger: logger
        )
        try await postgres.start(unless: interruption.check)
        return try await postgres.program.during { try await withRedis(postgres.url) }
    }

    private func port(_ chosen: Int?) async throws -> Int {
        if let chosen { return chosen }
        return try await LocalPort.free()
    }
}
