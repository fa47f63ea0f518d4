/// A private PostgreSQL and a private Redis, or the addresses of those that are configured instead.
struct LocalServers: Sendable {
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
        let programs = try await ServerPrograms.find()
        let folder = try await ServerFolder.prepare(at: folder, account: ServerAccount.needed())
        let postgres = LocalPostgres(
            programs: programs,
            folder: folder,
            port: try await port(postgresPort),
            durability: durability
        )
        let redis = LocalRedis(programs: programs, folder: folder, port: try await port(redisPort))
        let addresses = Addresses(databaseURL: databaseURL ?? postgres.url, redisURL: redisURL ?? redis.url, folder: folder.path)
        let withRedis: @Sendable () async throws -> Value = {
            if redisURL != nil { return try await body(addresses) }
            return try await redis.during(guardian: guardian, interruption: interruption) { try await body(addresses) }
        }
        if databaseURL != nil { return try await withRedis() }
        return try await postgres.during(guardian: guardian, interruption: interruption, withRedis)
    }

    private func port(_ chosen: Int?) async throws -> Int {
        if let chosen { return chosen }
        return try await LocalPort.free()
    }
}
